#include "app/import/mapping.hpp"

#include <toml++/toml.h>

#include <algorithm>

#include "app/import/mapping_rules.hpp"
#include "app/import/section.hpp"
#include "app/import/times.hpp"
#include "base/json.hpp"

namespace tandem::app::importing {
namespace {

constexpr std::size_t kMostBytes = 256 << 10;
constexpr int kMostDays = 3650;

Source read_source(Section in) {
  Source out;
  out.name = in.text("name");
  in.check("name", is_word(out.name, "-", 40), "is 1 to 40 of a-z 0-9 -");
  out.delimiter = in.character("delimiter", ",");
  out.quote = in.character("quote", "\"");
  in.check("quote", out.quote != out.delimiter, "differs from the delimiter");
  const auto encoding = in.text("encoding", "utf-8");
  in.check("encoding", encoding == "utf-8" || encoding == "windows-1252" || encoding == "iso-8859-1",
           "is utf-8, windows-1252 or iso-8859-1");
  out.encoding = encoding == "utf-8"          ? Encoding::utf_8
                 : encoding == "windows-1252" ? Encoding::windows_1252
                                              : Encoding::iso_8859_1;
  out.decimal = in.character("decimal", ".");
  in.check("decimal", out.decimal == '.' || out.decimal == ',', "is \".\" or \",\"");
  if (const auto thousands = in.text("thousands", ""); !thousands.empty()) {
    in.check("thousands", thousands.size() == 1 && std::string_view(",. '").contains(thousands[0]),
             "is \",\", \".\", \" \" or \"'\"");
    in.check("thousands", thousands[0] != out.decimal, "differs from decimal");
    out.thousands = thousands[0];
  }
  const auto zone = TimeZone::parse(in.text("time_zone", "UTC"));
  in.check("time_zone", zone.has_value(), "is an IANA time zone such as Europe/London");
  out.time_zone = *zone;
  out.time_format = in.text("time_format", "rfc3339");
  in.check("time_format", is_time_format(out.time_format),
           "is rfc3339, unix, unix_ms or a pattern of %Y %y %m %d %e %H %M %S %b %z %F %T %%");
  out.ambiguous = in.word("ambiguous", Ambiguous::earlier);
  in.finish();
  return out;
}

/// Who may say what, as the table in docs/import.md.
bool is_fact_of(Fact fact, Kind kind) {
  switch (fact) {
    case Fact::external_id:
    case Fact::occurred_at:
    case Fact::link_code: return true;
    case Fact::visitor_id: return kind != Kind::conversions;
    case Fact::landing_url:
    case Fact::referrer:
    case Fact::user_agent:
    case Fact::ip_address: return kind == Kind::visits;
    case Fact::click_id:
    case Fact::phone:
    case Fact::name: return kind == Kind::leads;
    case Fact::coupon:
    case Fact::email:
    case Fact::customer_external_id: return kind != Kind::visits;
    case Fact::partner: return false;
    default: return kind == Kind::conversions;
  }
}

Place read_place(Section& in, const std::string& key, bool is_column) {
  const auto text = in.text(key);
  in.check(key, !text.empty(), is_column ? "names a column" : "is a text that is not empty");
  return is_column ? Place(Column{text}) : Place(Constant{text});
}

/// `metadata.key = "column"`: TOML reads a dotted key as a table of its own.
void read_metadata(Section in, Mapping& out, bool is_column) {
  for (const auto& key : in.keys()) {
    const auto same = [&key](const auto& known) { return known.first == key; };
    in.check(key, Text<1, 64>::parse(key).has_value(), "is not a key of 1 to 64 characters");
    in.check(key, std::ranges::none_of(out.metadata, same), "stands in [columns] and [constants]");
    in.check(key, out.metadata.size() < kMostMetadata, "is one too many: at most 20 keys");
    out.metadata.emplace_back(key, read_place(in, key, is_column));
  }
}

void read_facts(Section in, Mapping& out, bool is_column) {
  for (const auto& name : in.keys()) {
    if (name == "metadata") {
      read_metadata(in.section(name), out, is_column);
      continue;
    }
    const auto fact = json::enum_from<Fact>(name);
    in.check(name, fact && is_fact_of(*fact, out.kind),
             fmt::format("is no fact of {}", json::enum_name(out.kind)));
    in.check(name, !out.has(*fact), "stands in [columns] and [constants]");
    out.facts[static_cast<std::size_t>(*fact)] = read_place(in, name, is_column);
  }
  in.finish();
}

Group read_group(Section in) {
  Group out;
  out.by_external_id = in.has("by");
  if (out.by_external_id) in.check("by", in.text("by") == "external_id", "is external_id");
  out.at_latest = in.choice("occurred_at", {"earliest", "latest"}) == 1;
  out.skip_zero = in.choice("zero_total", {"keep", "skip"}) == 1;
  out.minor_units = in.choice("amount_unit", {"major", "minor"}) == 1;
  in.finish();
  return out;
}

Credit read_credit(Section in) {
  Credit out;
  out.prefix = in.text("prefix", "");
  if (in.has("sign")) {
    in.check("sign", in.text("sign") == "negative", "is negative");
    out.by_sign = true;
  }
  if (out.prefix.empty() && !out.by_sign) in.fail("needs prefix or sign");
  out.positive_amounts = in.choice("amounts", {"negative", "positive"}) == 1;
  if (out.positive_amounts && out.by_sign) in.fail("amounts = \"positive\" contradicts sign = \"negative\"");
  out.own = in.choice("unreferenced", {"refuse", "own"}) == 1;
  in.finish();
  return out;
}

Partner read_partner(Section in, Mapping& mapping) {
  Partner out;
  if (in.has("by")) out.by = in.word("by", PartnerBy::link);
  if (mapping.kind == Kind::visits)
    in.check("by", !out.by || *out.by == PartnerBy::link, "is link for visits");
  if (out.by == PartnerBy::column) {
    mapping.facts[static_cast<std::size_t>(Fact::partner)] = Column{in.text("column")};
    out.match = in.word("match", Match::slug);
    out.create = in.boolean("create", false);
    in.check("create", !out.create || out.match != Match::id, "cannot make a partner from an id");
  }
  out.unattributed = in.choice("missing", {"refuse", "unattributed"}) == 1;
  in.finish();
  return out;
}

void read_duration(Section& in, partners::Term& term) {
  term.duration = in.word("duration", partners::Duration::lifetime);
  const bool months = term.duration == partners::Duration::months;
  if (months || in.has("duration_months"))
    term.duration_months = static_cast<int>(in.integer("duration_months", 0));
  in.check("duration_months",
           months == (term.duration_months != 0) && term.duration_months >= 0 && term.duration_months <= 120,
           "is 1 to 120 with duration = \"months\", and absent without");
}

Deal read_deal(Section in, const TimeZone& zone) {
  Deal out;
  auto& term = out.term;
  out.name = in.text("name");
  in.check("name", Text<1, 120>::parse(out.name).has_value(), "is 1 to 120 characters");
  term.trigger = in.word("trigger", partners::Trigger::sale);
  if (in.has("rate_ppm") == in.has("amount")) in.fail("needs rate_ppm or amount, not both");
  if (in.has("rate_ppm")) {
    const auto rate = RatePpm::of(in.integer("rate_ppm", 0));
    in.check("rate_ppm", rate.has_value(), "is 0 to 1000000");
    term.method = partners::Method::percentage;
    term.rate = *rate;
  } else {
    term.method = partners::Method::fixed;
    term.amount = in.integer("amount", 0);
    in.check("amount", term.amount >= 1 && term.amount <= kMaxAmount, "is 1 to 1000000000000 minor units");
    term.currency = Currency::parse(in.text("currency"));
    in.check("currency", term.currency.has_value(), "is an ISO 4217 code");
  }
  term.base = in.word("base", partners::Base::gross);
  read_duration(in, term);
  term.model = in.word("model", partners::Model::last);
  term.window_days = static_cast<int>(in.integer("window_days", 90));
  in.check("window_days", term.window_days >= 0 && term.window_days <= kMostDays, "is 0 to 3650");
  term.hold_days = static_cast<int>(in.integer("hold_days", 30));
  in.check("hold_days", term.hold_days >= 0 && term.hold_days <= 365, "is 0 to 365");
  term.valid_from = start_of_day(in.day("starts_on"), zone);
  in.finish();
  return out;
}

void require_amount(const Section& top, const Mapping& mapping) {
  const bool amount = mapping.has(Fact::amount);
  const bool quantity = mapping.has(Fact::quantity), price = mapping.has(Fact::unit_price);
  if (quantity != price || amount == quantity)
    top.fail("conversions need the fact amount, or quantity and unit_price");
  if (mapping.group.minor_units && !amount) top.fail("amount_unit = \"minor\" needs the fact amount");
}

/// What the whole must fulfil, beyond each key of it.
void require_facts(const Section& top, const Mapping& mapping) {
  std::vector<Fact> required{Fact::occurred_at};
  if (mapping.kind == Kind::visits) required.insert(required.end(), {Fact::visitor_id, Fact::link_code});
  if (mapping.kind != Kind::visits) required.push_back(Fact::external_id);
  if (mapping.kind == Kind::conversions) required.push_back(Fact::currency);
  if (mapping.partner.by == PartnerBy::link) required.push_back(Fact::link_code);
  if (mapping.partner.by == PartnerBy::coupon) required.push_back(Fact::coupon);
  for (const auto fact : required)
    if (!mapping.has(fact)) top.fail(fmt::format("the fact {} is needed", json::enum_name(fact)));
  if (mapping.kind == Kind::leads && !mapping.has(Fact::email) && !mapping.has(Fact::phone))
    top.fail("leads need the fact email or phone");
  if (mapping.partner.by == PartnerBy::lead && !mapping.has(Fact::customer_external_id) &&
      !mapping.has(Fact::email))
    top.fail("partner.by = \"lead\" needs the fact customer_external_id or email");
  if (mapping.kind == Kind::conversions) {
    require_amount(top, mapping);
    if (!mapping.partner.by) top.fail("[partner] by is needed");
  }
  if (std::holds_alternative<Constant>(mapping.place(Fact::external_id)))
    top.fail("external_id is a column: every row has its own");
}

Mapping read(const Section& whole, Kind kind) {
  Section top = whole;
  Mapping out;
  top.check("format", top.integer("format") == 1, "is 1");
  const auto named = json::enum_from<Kind>(top.text("kind"));
  top.check("kind", named == kind, fmt::format("is {}, as on the command line", json::enum_name(kind)));
  out.kind = kind;
  out.source = read_source(top.section("source"));
  if (top.has("columns")) read_facts(top.section("columns"), out, true);
  if (top.has("constants")) read_facts(top.section("constants"), out, false);
  for (auto& entry : top.sections("rules")) out.rules.push_back(read_rule(entry, out));
  if (out.rules.size() > kMostRules) top.fail("at most 100 rules");
  for (const auto* name : {"group", "credit", "deal"})
    if (top.has(name)) top.check(name, kind == Kind::conversions, "belongs to conversions");
  if (top.has("group")) out.group = read_group(top.section("group"));
  if (top.has("credit")) out.credit = read_credit(top.section("credit"));
  if (top.has("partner")) out.partner = read_partner(top.section("partner"), out);
  if (top.has("deal")) out.deal = read_deal(top.section("deal"), out.source.time_zone);
  if (out.partner.create != out.deal.has_value())
    top.fail("[deal] is needed with create = true, and only then");
  if (out.partner.create && kind != Kind::conversions) top.fail("create = true belongs to conversions");
  require_facts(top, out);
  top.finish();
  return out;
}

}  // namespace

Mapping read_mapping(std::string_view toml, std::string_view file, Kind kind) {
  if (toml.size() > kMostBytes) throw MappingError(fmt::format("{}: a mapping has at most 256 KiB", file));
  try {
    const toml::table table = toml::parse(toml, file);
    return read(Section(table, "", std::string(file)), kind);
  } catch (const toml::parse_error& error) {
    throw MappingError(fmt::format("{}:{}: {}", file, error.source().begin.line, error.description()));
  }
}

}  // namespace tandem::app::importing
