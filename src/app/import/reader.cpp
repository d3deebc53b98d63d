#include "app/import/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "app/import/cells.hpp"
#include "app/import/entries.hpp"
#include "app/import/lines.hpp"
#include "base/assert.hpp"

namespace tandem::app::importing {
namespace {

constexpr int kMostDecimals = 6;  // of exact_amount

/// The same amount with at most six decimals; nullopt when it has more that are not zero.
std::optional<Decimal> shortened(const Decimal& amount) {
  auto units = amount.units();
  int scale = amount.scale();
  for (; scale > kMostDecimals && units % 10 == 0; --scale) units /= 10;
  if (scale > kMostDecimals) return std::nullopt;
  return Decimal(units, scale);
}

}  // namespace

struct ImportReader::State {
  State(const std::filesystem::path& file, Mapping&& given)
      : mapping(std::move(given)), lines(file, mapping), entries(mapping, lines) {}

  void read(const std::function<void(std::int64_t)>& progress);
  void judge(Entry& entry);
  void judge_conversion(Entry& entry);
  bool shorten(Entry& entry);
  bool is_credit(const Entry& entry) const;
  void refuse(Entry& entry, std::string_view code, std::string column, std::string reason);
  void refuse_rest(const Entry& entry, std::int64_t because_of);
  const std::optional<PartnerName>& partner_of(const Entry& entry);
  void finish();

  const std::string& text(const Entry& entry, Fact fact) const { return entries.text(entry[fact]); }
  std::optional<std::string> optional(const Entry& entry, Fact fact) const {
    return entry[fact] == 0 ? std::nullopt : std::optional(text(entry, fact));
  }
  std::vector<std::pair<std::string, std::string>> metadata(const Entry& entry) const;
  std::optional<PartnerName> partner(const Entry& entry);
  attribution::AttributionHint who(const Entry& entry);
  attribution::ConversionFacts conversion(const Entry& entry);
  attribution::ReversalFacts reversal(const Entry& entry);
  void append(Batch& batch, std::size_t row);

  Mapping mapping;
  LineReader lines;
  Entries entries;
  std::vector<std::uint32_t> order;  // rows: indices of entries
  std::unordered_map<std::uint32_t, std::optional<PartnerName>> partners;
  Counts counts;
  std::size_t at = 0;
};

void ImportReader::State::read(const std::function<void(std::int64_t)>& progress) {
  Line line;
  while (lines.next(line)) {
    entries.add(line);
    if (progress && entries.read_lines() % 10'000 == 0) progress(entries.read_lines());
  }
}

void ImportReader::State::refuse_rest(const Entry& entry, std::int64_t because_of) {
  for (const auto number : entry.lines)
    if (number != because_of)
      entries.refusals().push_back(
          {.line = number,
           .code = "group",
           .column = {},
           .rule = {},
           .reason = fmt::format("line {} of the same group was refused", because_of)});
}

void ImportReader::State::refuse(Entry& entry, std::string_view code, std::string column,
                                 std::string reason) {
  entry.refused_by = entry.lines.front();
  entries.refusals().push_back({.line = entry.refused_by,
                                .code = code,
                                .column = std::move(column),
                                .rule = {},
                                .reason = std::move(reason)});
}

/// Brings every sum to the digits that are stored; false when it has more of them, or is too large.
bool ImportReader::State::shorten(Entry& entry) {
  const int exponent = Currency::parse(text(entry, Fact::currency)).value().exponent();
  for (auto* amount : {&entry.total, &entry.tax, &entry.discount, &entry.cost}) {
    const auto shorter = shortened(*amount);
    if (!shorter) {
      refuse(entry, "precision", {}, "an exact total has more than six decimals");
      return false;
    }
    if (!shorter->minor_units(exponent)) {
      refuse(entry, "too_large", {}, "a total is beyond 1000000000000 minor units");
      return false;
    }
    *amount = *shorter;
  }
  return true;
}

bool ImportReader::State::is_credit(const Entry& entry) const {
  if (!mapping.credit) return false;
  const auto& prefix = mapping.credit->prefix;
  return (!prefix.empty() && text(entry, Fact::external_id).starts_with(prefix)) ||
         (mapping.credit->by_sign && entry.total.sign() < 0);
}

void ImportReader::State::judge_conversion(Entry& entry) {
  if (entry[Fact::currency] == 0)
    return refuse(entry, "missing", lines.column_of(Fact::currency), "is empty");
  if (!shorten(entry)) return;
  if (!is_credit(entry)) {
    if (entry.total.sign() < 0) refuse(entry, "sale_sign", {}, "the total of a sale is negative");
    return;
  }
  if (entry.total.sign() == (mapping.credit->positive_amounts ? -1 : 1))
    return refuse(entry, "credit_sign", {}, "the total of a credit note has the sign of a sale");
  if (entry[Fact::reference] == 0 && !mapping.credit->own)
    refuse(entry, "missing", lines.column_of(Fact::reference), "a credit note names no conversion");
}

const std::optional<PartnerName>& ImportReader::State::partner_of(const Entry& entry) {
  const auto [known, is_new] = partners.try_emplace(entry[Fact::partner]);
  if (!is_new) return known->second;
  const auto& cell = text(entry, Fact::partner);
  PartnerName name{.slug = {}, .name = cell, .id = {}};
  switch (mapping.partner.match) {
    case Match::name: name.slug = slug_of_name(cell); break;
    case Match::slug:
      if (!Slug::parse(cell)) return known->second;
      name.slug = cell;
      break;
    case Match::id:
      name.id = PartnerId::parse(cell);
      if (!name.id) return known->second;
      break;
  }
  return known->second = std::move(name);
}

/// What can only be judged when all lines of an entry are in.
void ImportReader::State::judge(Entry& entry) {
  if (mapping.kind == Kind::conversions) judge_conversion(entry);
  if (entry.refused_by != 0 || !mapping.partner.by) return;
  const auto named_by = [&] {
    switch (*mapping.partner.by) {
      case PartnerBy::column: return Fact::partner;
      case PartnerBy::link: return Fact::link_code;
      case PartnerBy::coupon: return Fact::coupon;
      case PartnerBy::lead: break;
    }
    return entry[Fact::customer_external_id] != 0 ? Fact::customer_external_id : Fact::email;
  }();
  const bool named = entry[named_by] != 0;
  if (!named && !mapping.partner.unattributed)
    return refuse(entry, "partner_unknown", lines.column_of(named_by), "names no partner");
  if (named && named_by == Fact::partner && !partner_of(entry))
    refuse(entry, "partner_unknown", lines.column_of(named_by),
           mapping.partner.match == Match::id ? "is not a partner's id" : "is not a slug");
}

void ImportReader::State::finish() {
  auto& all = entries.all();
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    auto& entry = all[i];
    if (entry.refused_by == 0) judge(entry);
    if (entry.refused_by != 0) {
      refuse_rest(entry, entry.refused_by);
      continue;
    }
    counts.lines.zero += entry.zero_lines;
    counts.lines.used += static_cast<std::int64_t>(entry.lines.size()) - entry.zero_lines;
    const bool is_nothing = mapping.kind == Kind::conversions && entry.total.sign() == 0 &&
                            (mapping.group.skip_zero || is_credit(entry));
    counts.rows_skipped += is_nothing;
    if (!is_nothing) order.push_back(i);
  }
  std::ranges::sort(order, {},
                    [&all](std::uint32_t i) { return std::pair(all[i].at, all[i].lines.front()); });
  std::int64_t refused_alone = static_cast<std::int64_t>(entries.refusals().size());
  for (const auto& entry : all) {
    if (entry.refused_by == 0) continue;
    ++counts.rows_refused;
    refused_alone -= static_cast<std::int64_t>(entry.lines.size());
  }
  // Without groups a refused line is a refused row, and no entry was made of it.
  if (!mapping.group.by_external_id) counts.rows_refused += refused_alone;
  counts.lines.read = entries.read_lines();
  counts.lines.skipped = entries.skipped_lines();
  counts.lines.refused = static_cast<std::int64_t>(entries.refusals().size());
  counts.rules = lines.rule_counts();
}

std::vector<std::pair<std::string, std::string>> ImportReader::State::metadata(const Entry& entry) const {
  std::vector<std::pair<std::string, std::string>> out;
  if (entry.several_metadata) return out;
  for (std::size_t i = 0; i < entry.metadata.size(); ++i)
    if (entry.metadata[i] != 0) out.emplace_back(mapping.metadata[i].first, entries.text(entry.metadata[i]));
  return out;
}

std::optional<PartnerName> ImportReader::State::partner(const Entry& entry) {
  return entry[Fact::partner] == 0 ? std::nullopt : partner_of(entry);
}

attribution::AttributionHint ImportReader::State::who(const Entry& entry) {
  attribution::AttributionHint out;
  switch (*mapping.partner.by) {
    case PartnerBy::column:
      if (const auto name = partner(entry)) out.partner_id = name->id;
      break;
    case PartnerBy::link: out.link_code = optional(entry, Fact::link_code); break;
    case PartnerBy::coupon: out.coupon_code = optional(entry, Fact::coupon); break;
    case PartnerBy::lead:
      out.lead_alias = optional(entry, Fact::customer_external_id);
      out.email = optional(entry, Fact::email);
      break;
  }
  return out;
}

attribution::ConversionFacts ImportReader::State::conversion(const Entry& entry) {
  attribution::ConversionFacts out;
  out.source = "import:" + mapping.source.name;
  out.external_id = text(entry, Fact::external_id);
  out.kind = text(entry, Fact::type) == "subscription" ? attribution::ConversionKind::subscription
                                                       : attribution::ConversionKind::sale;
  out.who = who(entry);
  out.needs_attribution = !mapping.partner.unattributed;
  out.gross = entry.total;
  out.tax = entry.tax;
  out.discount = entry.discount;
  out.cost = entry.cost;
  out.currency = Currency::parse(text(entry, Fact::currency)).value();
  if (!entry.several_products) out.product = optional(entry, Fact::product);
  out.plan = optional(entry, Fact::plan);
  out.country = optional(entry, Fact::country);
  out.metadata = metadata(entry);
  out.occurred_at = entry.at;
  return out;
}

attribution::ReversalFacts ImportReader::State::reversal(const Entry& entry) {
  attribution::ReversalFacts out;
  out.source = "import:" + mapping.source.name;
  out.external_id = text(entry, Fact::external_id);
  out.kind = attribution::ReversalKind::credit_note;
  out.conversion = optional(entry, Fact::reference);
  out.who = who(entry);
  out.amount = entry.total.sign() < 0 ? -entry.total : entry.total;
  out.currency = Currency::parse(text(entry, Fact::currency)).value();
  out.occurred_at = entry.at;
  return out;
}

void ImportReader::State::append(Batch& batch, std::size_t row) {
  const auto& entry = entries.all()[order[row]];
  const std::int64_t line = entry.lines.front();
  switch (mapping.kind) {
    case Kind::conversions:
      batch.conversions.push_back({.row = row, .line = line, .partner = partner(entry), .facts = {}});
      if (is_credit(entry)) {
        batch.conversions.back().facts = reversal(entry);
      } else {
        batch.conversions.back().facts = conversion(entry);
      }
      break;
    case Kind::visits:
      batch.visits.push_back({.row = row,
                              .line = line,
                              .external_id = text(entry, Fact::external_id),
                              .at = entry.at,
                              .visitor_id = text(entry, Fact::visitor_id),
                              .link_code = text(entry, Fact::link_code),
                              .landing_url = optional(entry, Fact::landing_url),
                              .referrer = optional(entry, Fact::referrer),
                              .user_agent = optional(entry, Fact::user_agent),
                              .ip_address = optional(entry, Fact::ip_address),
                              .metadata = metadata(entry)});
      break;
    case Kind::leads:
      batch.leads.push_back({.row = row,
                             .line = line,
                             .external_id = text(entry, Fact::external_id),
                             .at = entry.at,
                             .email = optional(entry, Fact::email),
                             .phone = optional(entry, Fact::phone),
                             .name = optional(entry, Fact::name),
                             .customer_external_id = optional(entry, Fact::customer_external_id),
                             .visitor_id = optional(entry, Fact::visitor_id),
                             .click_id = optional(entry, Fact::click_id),
                             .coupon_code = optional(entry, Fact::coupon),
                             .link_code = optional(entry, Fact::link_code),
                             .partner = partner(entry),
                             .metadata = metadata(entry)});
      break;
  }
}

ImportReader::ImportReader(const std::filesystem::path& file, Mapping mapping,
                           const std::function<void(std::int64_t)>& progress)
    : state_(std::make_unique<State>(file, std::move(mapping))) {
  state_->read(progress);
  state_->finish();
  if (state_->mapping.partner.create && partners().size() > kMostPartners)
    throw ImportError("the file names more than 10000 partners to be made");
}
ImportReader::~ImportReader() = default;

const Mapping& ImportReader::mapping() const { return state_->mapping; }
std::size_t ImportReader::rows() const { return state_->order.size(); }
void ImportReader::skip(std::size_t mark) { state_->at = std::min(mark, rows()); }
const std::vector<Refusal>& ImportReader::refusals() const { return state_->entries.refusals(); }
const Counts& ImportReader::counts() const { return state_->counts; }

std::optional<Batch> ImportReader::next(std::size_t most) {
  if (state_->at >= rows()) return std::nullopt;
  Batch out;
  for (const auto end = std::min(rows(), state_->at + std::max<std::size_t>(most, 1)); state_->at < end;
       ++state_->at)
    state_->append(out, state_->at);
  out.mark = state_->at;
  return out;
}

std::vector<PartnerName> ImportReader::partners() const {
  std::vector<PartnerName> out;
  std::unordered_set<std::string> seen;
  for (const auto i : state_->order) {
    const auto name = state_->partner(state_->entries.all()[i]);
    if (name && seen.insert(name->id ? name->id->str() : name->slug).second) out.push_back(*name);
  }
  return out;
}

void ImportReader::refuse(std::size_t row, std::string_view code, std::string column, std::string reason) {
  TANDEM_ASSERT(row < rows(), "row {} of {}", row, rows());
  auto& entry = state_->entries.all()[state_->order[row]];
  TANDEM_ASSERT(entry.refused_by == 0, "row {} was refused before", row);
  state_->refuse(entry, code, std::move(column), std::move(reason));
  state_->refuse_rest(entry, entry.refused_by);
  auto& counts = state_->counts;
  const auto lines = static_cast<std::int64_t>(entry.lines.size());
  counts.lines.refused += lines;
  counts.lines.zero -= entry.zero_lines;
  counts.lines.used -= lines - entry.zero_lines;
  ++counts.rows_refused;
}

}  // namespace tandem::app::importing
