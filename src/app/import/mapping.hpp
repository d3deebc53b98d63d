// A mapping: what the columns of a file mean, as docs/import.md describes it. A plain value, read from TOML
// once and then only looked at. Used by the import command and the reader of files beside it.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/text.hpp"
#include "partners/api.hpp"

namespace tandem::app::importing {

enum class Kind : int { visits, leads, conversions };
BOOST_DESCRIBE_ENUM(Kind, visits, leads, conversions)

/// What a line can say. `partner` is the column of [partner], not a fact that [columns] may name.
enum class Fact : int {
  external_id,
  occurred_at,
  visitor_id,
  link_code,
  landing_url,
  referrer,
  user_agent,
  ip_address,
  click_id,
  coupon,
  email,
  phone,
  name,
  customer_external_id,
  type,
  amount,
  quantity,
  unit_price,
  currency,
  product,
  country,
  plan,
  tax,
  discount,
  cost,
  reference,
  partner
};
BOOST_DESCRIBE_ENUM(Fact, external_id, occurred_at, visitor_id, link_code, landing_url, referrer, user_agent,
                    ip_address, click_id, coupon, email, phone, name, customer_external_id, type, amount,
                    quantity, unit_price, currency, product, country, plan, tax, discount, cost, reference,
                    partner)
inline constexpr std::size_t kFacts = 27;
inline constexpr std::size_t kMostMetadata = 20;

enum class Encoding : int { utf_8, windows_1252, iso_8859_1 };
enum class Ambiguous : int { earlier, later, refuse };
BOOST_DESCRIBE_ENUM(Ambiguous, earlier, later, refuse)

struct Source {
  std::string name;
  char delimiter = ',';
  char quote = '"';
  Encoding encoding = Encoding::utf_8;
  char decimal = '.';
  std::optional<char> thousands;
  TimeZone time_zone;
  std::string time_format = "rfc3339";
  Ambiguous ambiguous = Ambiguous::earlier;
};

/// Where a fact comes from: nowhere, a column by its name, or the same text for every line.
struct Column {
  std::string name;
};
struct Constant {
  std::string text;
};
using Place = std::variant<std::monostate, Column, Constant>;

enum class TestKind : int { empty, zero, positive, negative, equals, prefix, suffix, in };
BOOST_DESCRIBE_ENUM(TestKind, empty, zero, positive, negative, equals, prefix, suffix, in)
struct Test {
  Place place;
  TestKind kind{};
  std::vector<std::string> values;
  bool negated = false;
};
enum class Then : int { skip, zero, refuse };
BOOST_DESCRIBE_ENUM(Then, skip, zero, refuse)
struct Rule {
  std::string name;
  std::vector<Test> when;
  Then then{};
  std::string reason;
};

struct Group {
  bool by_external_id = false;
  bool at_latest = false;
  bool skip_zero = false;
  bool minor_units = false;
};
struct Credit {
  std::string prefix;
  bool by_sign = false;
  bool positive_amounts = false;
  bool own = false;
};

enum class PartnerBy : int { column, link, coupon, lead };
BOOST_DESCRIBE_ENUM(PartnerBy, column, link, coupon, lead)
enum class Match : int { slug, name, id };
BOOST_DESCRIBE_ENUM(Match, slug, name, id)
struct Partner {
  std::optional<PartnerBy> by;
  Match match = Match::slug;
  bool create = false;
  bool unattributed = false;  // missing = "unattributed"
};

/// The deal of partners that the import makes. `term.valid_from` is the midnight of starts_on.
struct Deal {
  std::string name;
  partners::Term term;
};

struct Mapping {
  Kind kind{};
  Source source;
  std::array<Place, kFacts> facts;
  std::vector<std::pair<std::string, Place>> metadata;
  std::vector<Rule> rules;
  Group group;
  std::optional<Credit> credit;
  Partner partner;
  std::optional<Deal> deal;

  const Place& place(Fact fact) const { return facts[static_cast<std::size_t>(fact)]; }
  bool has(Fact fact) const { return !std::holds_alternative<std::monostate>(place(fact)); }
};

/// A mapping that cannot be used: "FILE:LINE: what is wrong".
class MappingError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads a mapping. `file` is its name in errors; `kind` is the word on the command line. Throws
/// MappingError.
Mapping read_mapping(std::string_view toml, std::string_view file, Kind kind);

}  // namespace tandem::app::importing
