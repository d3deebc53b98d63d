#include "app/import/entries.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "app/import/cells.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace tandem::app::importing {
namespace {

constexpr std::size_t kMostExternalId = 200;

/// Facts that all lines of a conversion must agree on; `product` is dropped instead.
constexpr std::array kShared{
    Fact::type,      Fact::currency,  Fact::country, Fact::plan,    Fact::email,
    Fact::reference, Fact::link_code, Fact::coupon,  Fact::partner, Fact::customer_external_id};

/// More than any amount that may be stored, so that sums of many lines cannot run over.
const Decimal kTooLarge{10'000'000'000'000, 0};

bool is_address(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

std::size_t index(Fact fact) { return static_cast<std::size_t>(fact); }

}  // namespace

std::uint32_t Texts::number(std::string_view text) {
  const auto known = numbers_.find(text);
  if (known != numbers_.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(texts_.size());
  numbers_.emplace(texts_.emplace_back(text), number);
  return number;
}

Entries::Entries(const Mapping& mapping, const LineReader& reader)
    : mapping_(mapping),
      reader_(reader),
      times_(mapping.source.time_format, mapping.source.time_zone, mapping.source.ambiguous) {
  required_.push_back(Fact::occurred_at);
  if (mapping.kind == Kind::visits) required_.insert(required_.end(), {Fact::visitor_id, Fact::link_code});
  if (mapping.kind != Kind::visits || mapping.has(Fact::external_id)) required_.push_back(Fact::external_id);
}

bool Entries::refuse(const Line& line, Values& out, std::string_view code, Fact fact,
                     std::string reason) const {
  out.refusal = {.line = line.number,
                 .code = code,
                 .column = reader_.column_of(fact),
                 .rule = {},
                 .reason = std::move(reason)};
  return false;
}

bool Entries::read_number(const Line& line, Fact fact, Decimal& number, Values& out) const {
  const auto read = importing::read_number(line[fact], mapping_.source.decimal, mapping_.source.thousands);
  if (!read) return refuse(line, out, line[fact].empty() ? "missing" : "number", fact, "is not a number");
  number = *read;
  return true;
}

bool Entries::read_amounts(const Line& line, Values& out) {
  if (line.verdict == Line::Verdict::zero) return true;
  if (mapping_.has(Fact::amount)) {
    if (!read_number(line, Fact::amount, out.amount, out)) return false;
    if (mapping_.group.minor_units) {
      if (out.amount.scale() > 0) return refuse(line, out, "number", Fact::amount, "minor units are whole");
      out.amount = Decimal(out.amount.units(), Currency::parse(line[Fact::currency]).value().exponent());
    }
  } else {
    Decimal quantity, price;
    if (!read_number(line, Fact::quantity, quantity, out) || !read_number(line, Fact::unit_price, price, out))
      return false;
    out.amount = quantity * price;
  }
  for (const auto& [fact, number] : {std::pair(Fact::tax, &out.tax), std::pair(Fact::discount, &out.discount),
                                     std::pair(Fact::cost, &out.cost)})
    if (!line[fact].empty() && !read_number(line, fact, *number, out)) return false;
  for (const auto& number : {out.amount, out.tax, out.discount, out.cost})
    if (number >= kTooLarge || -number >= kTooLarge)
      return refuse(line, out, "too_large", Fact::amount, "an amount is beyond what can be stored");
  return true;
}

/// Texts that have a form of their own; every other is taken as it is.
bool Entries::read_texts(const Line& line, Values& out) {
  for (std::size_t i = 0; i < kFacts; ++i)
    if (!line.facts[i].empty()) out.facts[i] = texts_.number(line.facts[i]);
  if (code_points(line[Fact::external_id]) > kMostExternalId)
    return refuse(line, out, "too_long", Fact::external_id, "has more than 200 characters");
  for (const auto& [fact, code] :
       {std::pair(Fact::link_code, "link_unknown"), std::pair(Fact::coupon, "coupon_unknown")}) {
    if (line[fact].empty()) continue;
    const auto parsed = Code::parse(line[fact]);
    if (!parsed) return refuse(line, out, code, fact, "is not a code");
    out.facts[index(fact)] = texts_.number(parsed->normalised());
  }
  if (!line[Fact::email].empty()) {
    const auto email = Email::parse(line[Fact::email]);
    if (!email) return refuse(line, out, "email", Fact::email, "is not an e-mail address");
    out.facts[index(Fact::email)] = texts_.number(email->normalised());
  }
  if (!line[Fact::visitor_id].empty())
    out.facts[index(Fact::visitor_id)] =
        texts_.number(visitor_of(mapping_.source.name, line[Fact::visitor_id]));
  if (!line[Fact::ip_address].empty() && !is_address(std::string(line[Fact::ip_address])))
    return refuse(line, out, "address", Fact::ip_address, "is not an IPv4 or IPv6 address");
  if (mapping_.kind == Kind::leads && line[Fact::email].empty() && line[Fact::phone].empty())
    return refuse(line, out, "missing", mapping_.has(Fact::email) ? Fact::email : Fact::phone,
                  "a lead has an e-mail address or a phone number");
  return true;
}

bool Entries::read(const Line& line, Values& out) {
  for (const auto fact : required_)
    if (line[fact].empty()) return refuse(line, out, "missing", fact, "is empty");
  const auto at = times_.read(line[Fact::occurred_at]);
  if (!at) {
    switch (at.error()) {
      case TimeFault::malformed:
        return refuse(line, out, "time", Fact::occurred_at, "is not a time of the format");
      case TimeFault::nonexistent:
        return refuse(line, out, "time_nonexistent", Fact::occurred_at, "the clocks skip this time");
      case TimeFault::ambiguous:
        return refuse(line, out, "time_ambiguous", Fact::occurred_at, "the clocks show this time twice");
    }
  }
  out.at = *at;
  if (!read_texts(line, out)) return false;
  if (mapping_.kind != Kind::conversions) return true;
  const auto type = line[Fact::type];
  if (!type.empty() && type != "sale" && type != "subscription")
    return refuse(line, out, "type", Fact::type, "is neither sale nor subscription");
  // Grouped lines may leave it to another line; then the amounts cannot be in minor units.
  if (line[Fact::currency].empty() && (!mapping_.group.by_external_id || mapping_.group.minor_units))
    return refuse(line, out, "missing", Fact::currency, "is empty");
  if (!line[Fact::currency].empty() && !Currency::parse(line[Fact::currency]))
    return refuse(line, out, "currency", Fact::currency, "is not an ISO 4217 code");
  return read_amounts(line, out);
}

/// The entry that the line belongs to; nullptr when it may not belong to one.
Entry* Entries::entry_of(const Line& line, std::uint32_t external_id, Values& out) {
  const auto [known, is_new] = by_external_id_.try_emplace(external_id, entries_.size());
  if (is_new) {
    entries_.emplace_back().facts[index(Fact::external_id)] = external_id;
  } else if (!mapping_.group.by_external_id) {
    refuse(line, out, "duplicate", Fact::external_id, "stands in an earlier line");
    return nullptr;
  }
  return &entries_[known->second];
}

bool Entries::agree(const Line& line, Entry& entry, Values& values) const {
  for (const auto fact : kShared) {
    const auto ours = entry[fact], theirs = values.facts[index(fact)];
    if (ours != 0 && theirs != 0 && ours != theirs)
      return refuse(line, values, "group_differs", fact, "differs from an earlier line of its group");
  }
  if (entry.lines.size() >= kMostGroupLines)
    return refuse(line, values, "too_large", Fact::external_id, "a group has at most 100000 lines");
  return true;
}

void Entries::merge(const Line& line, Entry& entry, const Values& values) {
  const bool is_first = entry.lines.empty();
  std::vector<std::uint32_t> metadata;
  for (const auto text : line.metadata) metadata.push_back(texts_.number(text));
  if (is_first) {
    entry.facts = values.facts;
    entry.metadata = std::move(metadata);
    entry.at = values.at;
  } else {
    for (const auto fact : kShared)
      if (entry[fact] == 0) entry.facts[index(fact)] = values.facts[index(fact)];
    entry.several_products =
        entry.several_products || entry[Fact::product] != values.facts[index(Fact::product)];
    entry.several_metadata = entry.several_metadata || entry.metadata != metadata;
    entry.at = mapping_.group.at_latest ? std::max(entry.at, values.at) : std::min(entry.at, values.at);
  }
  entry.lines.push_back(static_cast<std::uint32_t>(line.number));
  entry.zero_lines += line.verdict == Line::Verdict::zero;
  entry.total = entry.total + values.amount;
  entry.tax = entry.tax + values.tax;
  entry.discount = entry.discount + values.discount;
  entry.cost = entry.cost + values.cost;
}

void Entries::add(const Line& line) {
  ++read_lines_;
  if (line.verdict == Line::Verdict::skip) {
    ++skipped_lines_;
    return;
  }
  Values values;
  bool good = line.verdict != Line::Verdict::refuse;
  if (!good) values.refusal = line.refusal;
  good = good && read(line, values);
  const auto named = line[Fact::external_id];
  Entry* entry = nullptr;
  // A refused line takes its group along, when it says which that is; without groups it stands for itself
  // alone.
  if (good || (mapping_.group.by_external_id && !named.empty())) {
    const auto id = texts_.number(named.empty() ? fmt::format("line:{}", line.number) : std::string(named));
    entry = entry_of(line, id, values);
    good = good && entry && agree(line, *entry, values);
    values.facts[index(Fact::external_id)] = id;
  }
  if (good) {
    merge(line, *entry, values);
    return;
  }
  if (entry && entry->refused_by == 0) entry->refused_by = line.number;
  refusals_.push_back(std::move(values.refusal));
}

}  // namespace tandem::app::importing
