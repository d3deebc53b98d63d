// Query strings, headers that are lists, cookies, and the Idempotency-Key, as clients send them.
#include <cstdint>
#include <cstdlib>

#include "base/json.hpp"
#include "base/page.hpp"
#include "http/framing.hpp"
#include "http/idempotency.hpp"
#include "http/negotiation.hpp"

namespace {

enum class State : int { active, archived };
BOOST_DESCRIBE_ENUM(State, active, archived)
struct List {
  std::optional<tandem::Cursor> cursor;
  tandem::PageLimit limit;
  std::optional<State> state;
  std::vector<State> states;
  std::optional<tandem::Day> from;
  std::optional<std::int64_t> amount_min;
  std::optional<bool> is_live;
  std::optional<tandem::Text<1, 40>> name;
};
BOOST_DESCRIBE_STRUCT(List, (), (cursor, limit, state, states, from, amount_min, is_live, name))

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto query = http::decode_query(bytes)) {
    List out;
    try {
      json::parse_query(json::codec<List>(), *query, &out);
      if (out.limit.value() < 1 || out.limit.value() > PageLimit::kLargest) std::abort();
    } catch (const Problem& problem) {
      if (problem.kind().status != 422 || problem.errors().empty()) std::abort();
    }
  }
  if (const auto key = http::read_idempotency_key(bytes))
    if (key->empty() || key->size() > 255) std::abort();
  const int weight = http::accept_weight(bytes, "application/json");
  if (weight < 0 || weight > 1000) std::abort();
  (void)http::coding_weight(bytes, "br");
  (void)http::is_content_type(bytes, "application/json");
  http::Request request;
  request.headers = {{"cookie", std::string(bytes)}};
  (void)request.cookie("tdm_vid");
  return 0;
}
