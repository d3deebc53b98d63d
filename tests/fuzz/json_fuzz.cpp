// JSON bodies into a request with every kind of field. What is taken can be written, and what is written is
// taken again and is the same; white space between tokens changes nothing.
#include <cstdint>
#include <cstdlib>

#include "base/json.hpp"
#include "base/time.hpp"
#include "http/idempotency.hpp"

namespace {

enum class Kind : int { percentage, fixed };
BOOST_DESCRIBE_ENUM(Kind, percentage, fixed)
struct Term {
  Kind kind{};
  std::optional<tandem::RatePpm> rate_ppm;
  std::optional<tandem::Money> amount;
};
BOOST_DESCRIBE_STRUCT(Term, (), (kind, rate_ppm, amount))
struct Everything {
  std::optional<tandem::Text<1, 120>> name;
  std::optional<tandem::Email> email;
  std::optional<tandem::Url> url;
  std::optional<tandem::Timestamp> at;
  std::optional<tandem::Day> on;
  std::optional<tandem::Currency> currency;
  std::optional<std::int32_t> small;
  std::optional<std::int64_t> large;
  std::optional<bool> flag;
  std::vector<Term> terms;
  std::optional<tandem::JsonObject> metadata;
};
BOOST_DESCRIBE_STRUCT(Everything, (),
                      (name, email, url, at, on, currency, small, large, flag, terms, metadata))

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string minified = http::canonical_json(bytes);
  Everything value;
  try {
    value = json::parse<Everything>(bytes);
  } catch (const Problem& problem) {
    if (problem.kind().status != 400 && problem.kind().status != 422) std::abort();
    return 0;
  }
  const std::string written = json::print(value);
  if (json::print(json::parse<Everything>(written)) != written) std::abort();
  if (json::print(json::parse<Everything>(minified)) != written) std::abort();
  return 0;
}
