// Any bytes through the typed JSON reader, the query reader and back: what was read must be written and read
// alike.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/json.hpp"
#include "base/page.hpp"
#include "base/time.hpp"

namespace tandem {

enum class Shade : int { light, dark_ };
BOOST_DESCRIBE_ENUM(Shade, light, dark_)

struct FuzzItem {
  std::optional<Id<struct FuzzTag>> id;
  std::optional<Text<1, 20>> name;
  std::optional<Email> email;
  std::optional<Url> url;
  std::optional<Code> code;
  std::optional<Money> price;
  std::optional<RatePpm> rate;
  std::optional<Decimal> factor;
  std::optional<Timestamp> at;
  std::optional<Day> on;
  std::optional<TimeZone> zone;
  std::optional<Cursor> cursor;
  std::optional<Shade> shade;
  std::optional<bool> open;
  std::optional<std::int32_t> size;
  std::optional<JsonObject> data;
  std::optional<std::vector<FuzzItem>> items;
};
BOOST_DESCRIBE_STRUCT(FuzzItem, (),
                      (id, name, email, url, code, price, rate, factor, at, on, zone, cursor, shade, open,
                       size, data, items))

struct FuzzQuery {
  PageLimit limit;
  std::optional<Cursor> cursor;
  std::optional<std::vector<Shade>> shades;
  std::optional<std::int64_t> size;
};
BOOST_DESCRIBE_STRUCT(FuzzQuery, (), (limit, cursor, shades, size))

void read_and_write(std::string_view text) {
  const auto first = json::print(json::parse<FuzzItem>(text));
  const auto second = json::print(json::parse<FuzzItem>(first));
  TANDEM_ASSERT(first == second, "{} became {}", first, second);
}

void read_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> query;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find('&'));
    const auto equals = std::min(part.find('='), part.size());
    query.emplace_back(part.substr(0, equals), part.substr(std::min(equals + 1, part.size())));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  FuzzQuery out;
  json::parse_query(json::codec<FuzzQuery>(), query, &out);
}

}  // namespace tandem

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    tandem::read_and_write(text);
  } catch (const tandem::Problem& problem) {
    // Every answer must itself be text that can be sent.
    for (const auto& error : problem.errors())
      if (!tandem::is_utf8(error.pointer) || error.detail.empty()) __builtin_trap();
  }
  try {
    tandem::read_query(text);
  } catch (const tandem::Problem&) {
    return 0;
  }
  return 0;
}
