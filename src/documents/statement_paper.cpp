#include "documents/statement_paper.hpp"

#include <fmt/format.h>

#include <array>

#include "base/assert.hpp"

namespace tandem::documents {
namespace {

std::string said(Word what, Language language) { return std::string(word(what, language)); }

std::string period_text(Day from, Day last, Language language) {
  return from == last ? day_text(from, language)
                      : fmt::format("{} – {}", day_text(from, language), day_text(last, language));
}

std::string filled(std::string text, std::string_view marker, std::string_view value) {
  if (const auto at = text.find(marker); at != std::string::npos) text.replace(at, marker.size(), value);
  return text;
}

Paper paper_of(const Letterhead& head, const Party& partner, Word title, std::string subtitle) {
  Paper out;
  out.language = head.language;
  out.organization = head.organization;
  out.accent = head.accent;
  out.logo = head.logo;
  out.made_at = head.made_at;
  out.title = said(title, head.language);
  out.subtitle = std::move(subtitle);
  out.parties = {{said(Word::from, head.language), head.organization, {}}, partner};
  out.parties.back().heading = said(Word::to, head.language);
  return out;
}

constexpr std::array kKinds{MovementKind::earned, MovementKind::taken_back, MovementKind::paid_out,
                            MovementKind::adjustment};
Word word_of_total(MovementKind kind) {
  constexpr std::array kWords{Word::earned, Word::taken_back, Word::paid_out, Word::adjustment};
  return kWords.at(static_cast<std::size_t>(kind));
}
Word word_of(MovementKind kind) {
  constexpr std::array kWords{Word::commission, Word::commission_taken_back, Word::payout, Word::adjustment};
  return kWords.at(static_cast<std::size_t>(kind));
}

std::array<std::int64_t, 4> totals_of(const OwedInCurrency& owed) {
  std::array<std::int64_t, 4> out{};
  std::int64_t sum = owed.opening;
  for (const Movement& movement : owed.movements) {
    out.at(static_cast<std::size_t>(movement.kind)) += movement.amount;
    sum += movement.amount;
  }
  TANDEM_ASSERT(sum == owed.closing, "a statement in {} that closes at {} and adds up to {}",
                owed.currency.code(), owed.closing, sum);
  return out;
}

/// One currency's opening, sums by kind and closing, as figures of the paper's head.
std::vector<Fact> facts_of(const OwedInCurrency& owed, Language language) {
  const auto totals = totals_of(owed);
  const auto fact = [&](Word label, std::int64_t amount) {
    return Fact{said(label, language), money_text({amount, owed.currency}, language)};
  };
  std::vector<Fact> out{fact(Word::opening, owed.opening)};
  for (const MovementKind kind : kKinds)
    if (totals.at(static_cast<std::size_t>(kind)) != 0)
      out.push_back(fact(word_of_total(kind), totals.at(static_cast<std::size_t>(kind))));
  out.push_back(fact(Word::closing, owed.closing));
  return out;
}

/// The same for several currencies, a line each.
Table summary_of(const std::vector<OwedInCurrency>& currencies, Language language) {
  Table out{said(Word::summary, language),
            {{"", ColumnKind::text, 1}, {said(Word::opening, language), ColumnKind::figure, 1}},
            {}};
  for (const MovementKind kind : kKinds)
    out.columns.push_back({said(word_of_total(kind), language), ColumnKind::figure, 1});
  out.columns.push_back({said(Word::closing, language), ColumnKind::figure, 1});
  for (const OwedInCurrency& owed : currencies) {
    const auto text = [&](std::int64_t amount) { return amount_text({amount, owed.currency}, language); };
    Row row{{owed.currency.str(), text(owed.opening)}, RowStyle::plain};
    for (const std::int64_t total : totals_of(owed)) row.cells.push_back(text(total));
    row.cells.push_back(text(owed.closing));
    out.rows.push_back(std::move(row));
  }
  return out;
}

Table movements_of(const OwedInCurrency& owed, Language language) {
  const auto text = [&](std::int64_t amount) { return amount_text({amount, owed.currency}, language); };
  Table out{fmt::format("{} · {}", said(Word::movements, language), owed.currency.code()),
            {{said(Word::day, language), ColumnKind::label, 1},
             {said(Word::description, language), ColumnKind::text, 5},
             {said(Word::reference, language), ColumnKind::text, 4},
             {said(Word::amount, language), ColumnKind::figure, 1},
             {said(Word::balance, language), ColumnKind::figure, 1}},
            {}};
  out.rows.push_back({{"", said(Word::opening, language), "", "", text(owed.opening)}, RowStyle::strong});
  std::int64_t balance = owed.opening;
  for (const Movement& movement : owed.movements) {
    balance += movement.amount;
    std::string what = said(word_of(movement.kind), language);
    if (!movement.about.empty()) what += " · " + movement.about;
    out.rows.push_back(
        {{movement.day.str(), std::move(what), movement.reference, text(movement.amount), text(balance)},
         RowStyle::plain});
  }
  out.rows.push_back({{"", said(Word::closing, language), "", "", text(owed.closing)}, RowStyle::total});
  return out;
}

Table items_of(const SelfBillingData& data) {
  const Language language = data.head.language;
  Table out{said(Word::items, language),
            {{said(Word::day, language), ColumnKind::label, 1},
             {said(Word::description, language), ColumnKind::text, 5},
             {said(Word::reference, language), ColumnKind::text, 4},
             {said(Word::amount, language), ColumnKind::figure, 1}},
            {}};
  std::int64_t sum = 0;
  for (const Movement& item : data.items) {
    sum += item.amount;
    std::string what = said(word_of(item.kind), language);
    if (!item.about.empty()) what += " · " + item.about;
    out.rows.push_back({{item.day.str(), std::move(what), item.reference,
                         amount_text({item.amount, data.total.currency}, language)},
                        RowStyle::plain});
  }
  TANDEM_ASSERT(sum == data.total.amount, "payout {} of {} whose items add up to {}", data.number,
                data.total.amount, sum);
  out.rows.push_back(
      {{"", said(Word::total_payable, language), "", amount_text(data.total, language)}, RowStyle::total});
  return out;
}

}  // namespace

Paper statement_paper(const StatementData& data) {
  const Language language = data.head.language;
  Paper out = paper_of(data.head, data.partner, Word::statement, period_text(data.from, data.last, language));
  if (data.currencies.size() == 1)
    out.facts = facts_of(data.currencies.front(), language);
  else if (!data.currencies.empty())
    out.tables.push_back(summary_of(data.currencies, language));
  bool is_negative = false, is_by_day = false;
  for (const OwedInCurrency& owed : data.currencies) {
    is_negative |= owed.closing < 0;
    is_by_day |= owed.is_by_day;
    if (!owed.movements.empty()) out.tables.push_back(movements_of(owed, language));
  }
  const bool moved = out.tables.size() > (data.currencies.size() > 1 ? 1U : 0U);
  if (!moved) out.notes.push_back(said(Word::nothing_moved, language));
  if (is_by_day) out.notes.push_back(said(Word::many_movements, language));
  out.notes.push_back(said(Word::statement_note, language));
  if (is_negative) out.notes.push_back(said(Word::owed_back_note, language));
  out.notes.push_back(
      fmt::format("{}: {}", said(Word::made_on, language), day_text(data.head.made_on, language)));
  return out;
}

Paper self_billing_paper(const SelfBillingData& data) {
  const Language language = data.head.language;
  Paper out =
      paper_of(data.head, data.partner, Word::self_billing, period_text(data.from, data.last, language));
  out.facts = {{said(Word::number, language), data.number},
               {said(Word::made_on, language), day_text(data.head.made_on, language)},
               {said(Word::paid_to, language), data.paid_to},
               {said(Word::total_payable, language), money_text(data.total, language)}};
  Table table{data.total.currency.str(),
              {{said(Word::description, language), ColumnKind::text, 1},
               {said(Word::quantity, language), ColumnKind::figure, 1},
               {said(Word::amount, language), ColumnKind::figure, 1}},
              {}};
  std::int64_t sum = data.carried_forward.amount;
  for (const BilledLine& line : data.lines) {
    TANDEM_ASSERT(line.amount.currency == data.total.currency, "two currencies in payout {}", data.number);
    sum += line.amount.amount;
    table.rows.push_back(
        {{line.description, std::to_string(line.quantity), amount_text(line.amount, language)},
         RowStyle::plain});
  }
  TANDEM_ASSERT(sum == data.total.amount, "payout {} of {} whose lines add up to {}", data.number,
                data.total.amount, sum);
  if (data.carried_forward.amount != 0)
    table.rows.push_back(
        {{said(Word::carried_forward, language), "", amount_text(data.carried_forward, language)},
         RowStyle::plain});
  table.rows.push_back(
      {{said(Word::total_payable, language), "", money_text(data.total, language)}, RowStyle::total});
  if (data.sent)
    table.rows.push_back(
        {{fmt::format("{}: {}", said(Word::rate, language), data.rate), "", money_text(*data.sent, language)},
         RowStyle::strong});
  out.tables.push_back(std::move(table));
  if (!data.items.empty()) out.tables.push_back(items_of(data));
  out.notes = data.notes;
  out.notes.push_back(
      filled(filled(said(Word::self_billing_note, language), "{organization}", data.head.organization),
             "{partner}", data.partner.name));
  return out;
}

}  // namespace tandem::documents
