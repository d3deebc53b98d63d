#include "payouts/outside_report.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "identity/api.hpp"
#include "payouts/adapters/bank_answers.hpp"
#include "payouts/adapters/provider_call.hpp"
#include "payouts/adapters/provider_reports.hpp"
#include "payouts/bank_results.hpp"

namespace tandem::payouts {

namespace {

using ledger::Difference;

struct OurRow {
  PayoutId id;
  PayoutState state{};
  std::int64_t amount;
  Currency currency;
  std::optional<std::int64_t> fee;
  std::optional<Timestamp> settled_at;
};
BOOST_DESCRIBE_STRUCT(OurRow, (), (id, state, amount, currency, fee, settled_at))
const db::Query<OurRow(std::vector<PayoutId>)> kReported{"payouts.reported", R"sql(
  select p.id, p.state, coalesce(p.sent_amount, p.amount) as amount, coalesce(p.sent_currency, p.currency) as currency,
    p.fee, p.settled_at
  from app.payouts p
  where p.organization_id = $1 and p.id = any($2)
)sql"};
const db::Query<OurRow(Rail, Day, Day, TimeZone)> kPaidBetween{"payouts.paid_between", R"sql(
  select p.id, p.state, coalesce(p.sent_amount, p.amount) as amount, coalesce(p.sent_currency, p.currency) as currency,
    p.fee, p.settled_at
  from app.payouts p
  where p.organization_id = $1 and p.rail = $2 and p.state = 'paid'
    and coalesce(p.executed_on, (p.settled_at at time zone $5)::date) between $3 and $4
  order by p.id
)sql"};

struct NamedRow {
  PayoutId id;
  std::optional<std::string> external_id, bank_reference;
};
BOOST_DESCRIBE_STRUCT(NamedRow, (), (id, external_id, bank_reference))
const db::Query<NamedRow(Rail, std::vector<std::string>)> kNamed{"payouts.named_by_provider", R"sql(
  select p.id, p.external_id, p.bank_reference
  from app.payouts p
  where p.organization_id = $1 and p.rail = $2 and (p.external_id = any($3) or p.bank_reference = any($3))
)sql"};

// What left the bank account of the ledger for a partner is what its payouts say that was paid.
// sql: organization: the CTEs bank, cash and paid hold rows of one organization
// sql: outer_join: they do
const db::Query<Difference()> kCash{"payouts.reconcile_cash", R"sql(
  with bank as (
    select id from app.accounts where organization_id = $1 and code = 'asset.bank'),
  cash as (
    select x.partner_id, x.currency, sum(x.value)::bigint as amount
    from (
      select t.partner_id, t.currency, t.amount as value
      from bank b
      join app.transfers t on t.organization_id = $1 and t.credit_id = b.id
      union all
      select t.partner_id, t.currency, -t.amount as value
      from bank b
      join app.transfers t on t.organization_id = $1 and t.debit_id = b.id) x
    where x.partner_id is not null
    group by x.partner_id, x.currency),
  paid as (
    select p.partner_id, coalesce(p.source_currency, p.sent_currency, p.currency) as currency,
      sum(coalesce(p.source_amount, p.sent_amount, p.amount))::bigint as amount
    from app.payouts p
    where p.organization_id = $1 and p.state = 'paid'
    group by 1, 2)
  select 'cash_differs' as problem, coalesce(c.partner_id, p.partner_id)::text as subject,
    format('%s %s left the bank account, %s by payouts', coalesce(c.amount, 0), coalesce(c.currency, p.currency),
      coalesce(p.amount, 0)) as detail
  from cash c
  full join paid p on p.partner_id = c.partner_id and p.currency = c.currency
  where coalesce(c.amount, 0) <> coalesce(p.amount, 0)
)sql"};

/// What the report says of one payout, all lines together.
struct Reported {
  ReportedMove latest;
  std::int64_t paid = 0, returned = 0;  // how often
};

std::string text_of(const Money& amount) {
  return fmt::format("{} {}", major_units(amount), amount.currency.code());
}

std::vector<Difference> compare_one(const Reported& there, const OurRow* here, const TimeZone& zone,
                                    Day last_day) {
  const ReportedMove& move = there.latest;
  std::vector<Difference> out;
  const auto differ = [&](std::string problem, const std::string& detail) {
    out.push_back({std::move(problem), move.reference, fmt::format("line {}: {}", move.line, detail)});
  };
  const auto state = json::enum_name(move.state);
  if (here == nullptr) {
    differ("missing_here", fmt::format("{} {} there, no such payout here",
                                       move.amount ? text_of(*move.amount) : std::string("a payout"), state));
    return out;
  }
  if (there.paid > there.returned + 1) differ("paid_twice", fmt::format("{} times there", there.paid));
  const Money ours{here->amount, here->currency};
  if (move.amount && *move.amount != ours)
    differ(move.amount->currency != ours.currency ? "different_currency" : "different_amount",
           fmt::format("{} there, {} here", text_of(*move.amount), text_of(ours)));
  // What came back after the report's last day stands in the next one.
  const bool is_later = move.state == PayoutState::paid && here->state == PayoutState::returned &&
                        here->settled_at && day_in_zone(*here->settled_at, zone) > last_day;
  if (move.state != here->state && !is_later)
    differ("different_state", fmt::format("{} there, {} here", state, json::enum_name(here->state)));
  if (move.fee && here->fee && *move.fee != *here->fee)
    differ("different_fee", fmt::format("{} there, {} here", *move.fee, *here->fee));
  return out;
}

std::optional<ReportedMove> move_of(AccountEntry entry) {
  if (!entry.is_booked || !is_payout_reference(entry.reference) || (!entry.is_debit && !entry.is_return))
    return std::nullopt;
  std::erase(entry.reference, '-');
  return ReportedMove{.line = entry.line,
                      .reference = std::move(entry.reference),
                      .state = entry.is_debit ? PayoutState::paid : PayoutState::returned,
                      // An amount that cannot be read is certainly not ours.
                      .amount = entry.amount.value_or(Money{}),
                      .fee = entry.is_debit ? entry.fee : std::nullopt,
                      .on = entry.booked_on};
}

std::optional<ReportedMove> move_of(BankResult result) {
  if (!result.outcome) return std::nullopt;
  std::erase(result.reference, '-');
  return ReportedMove{.line = result.line,
                      .reference = std::move(result.reference),
                      .state = result.outcome->state,
                      .amount = std::nullopt,
                      .fee = std::nullopt,
                      .on = result.outcome->executed_on};
}

template <class Row>
std::expected<OutsideReport, std::string> report_of(Rail rail,
                                                    std::expected<std::vector<Row>, std::string> rows) {
  if (!rows) return std::unexpected(rows.error());
  OutsideReport out{.rail = rail, .moves = {}};
  for (auto& row : *rows) {
    if (auto move = move_of(std::move(row)))
      out.moves.push_back(*std::move(move));
    else
      ++out.others;
  }
  return out;
}

/// The provider's days are not the organization's: of those at the edges only a part is sure to be there.
std::expected<OutsideReport, std::string> report_of(Rail rail,
                                                    std::expected<ProviderReport, std::string> report) {
  if (!report) return std::unexpected(report.error());
  constexpr std::chrono::days kDay{1};
  OutsideReport out{.rail = rail, .moves = {}, .others = report->others};
  if (report->first && *report->first < *report->last &&
      report->first->days() + kDay < report->last->days()) {
    out.first = Day{report->first->days() + kDay};
    out.last = Day{report->last->days() - kDay};
  }
  for (auto& move : report->moves) {
    const auto own = std::ranges::find_if(move.names, is_payout_reference);
    out.moves.push_back({.line = move.line,
                         .reference = own == move.names.end() ? std::string() : *own,
                         .state = move.is_out ? PayoutState::paid : PayoutState::returned,
                         .amount = move.amount,
                         .fee = move.is_out ? move.fee : std::nullopt,
                         .on = move.on,
                         .names = std::move(move.names)});
  }
  // Files begin with the newest line or the oldest; what was paid came back afterwards, if at all.
  std::ranges::sort(out.moves, {}, [](const ReportedMove& move) {
    return std::pair(move.state != PayoutState::paid, move.line);
  });
  return out;
}

/// Finds the payouts of moves that the provider names; what is nobody's is another line.
Task<> find_named(db::Tx& tx, OutsideReport& report) {
  std::vector<std::string> names;
  for (const auto& move : report.moves)
    if (move.reference.empty()) names.insert(names.end(), move.names.begin(), move.names.end());
  if (names.empty()) co_return;
  std::map<std::string, std::string> reference;
  for (const auto& row : co_await tx.all(kNamed, report.rail, names))
    for (const auto* name : {&row.external_id, &row.bank_reference})
      if (*name) reference.emplace(**name, reference_of(row.id));
  for (auto& move : report.moves)
    for (const auto& name : move.names)
      if (const auto found = reference.find(name); move.reference.empty() && found != reference.end())
        move.reference = found->second;
  report.others +=
      std::erase_if(report.moves, [](const ReportedMove& move) { return move.reference.empty(); });
}

}  // namespace

std::expected<OutsideReport, std::string> read_outside_report(ReportFormat format, std::string_view bytes) {
  switch (format) {
    case ReportFormat::camt053: return report_of(Rail::sepa, read_camt053(bytes));
    case ReportFormat::bank_csv: return report_of(Rail::bank, read_bank_results(bytes));
    case ReportFormat::paypal_csv: return report_of(Rail::paypal, read_paypal_activity(bytes));
    case ReportFormat::stripe_csv: return report_of(Rail::stripe, read_stripe_balance(bytes));
  }
  return std::unexpected("no such format");
}

Task<ReportComparison> compare(db::Tx& tx, OutsideReport report) {
  const auto zone = (co_await identity::payout_settings(tx)).time_zone;
  std::vector<std::string> order;
  std::map<std::string, Reported> there;
  std::vector<PayoutId> ids;
  co_await find_named(tx, report);
  const bool is_bank = report.rail == Rail::bank || report.rail == Rail::sepa;
  std::optional<Day> first = report.first, last = report.last;
  for (auto& move : report.moves) {
    if (is_bank && move.on) {
      first = std::min(first.value_or(*move.on), *move.on);
      last = std::max(last.value_or(*move.on), *move.on);
    }
    auto [known, is_new] = there.try_emplace(move.reference);
    if (is_new) {
      order.push_back(move.reference);
      if (const auto id = payout_of(move.reference)) ids.push_back(*id);
    }
    if (move.state == PayoutState::paid) ++known->second.paid;
    if (move.state == PayoutState::returned) ++known->second.returned;
    known->second.latest = std::move(move);
  }
  std::map<std::string, OurRow> here;
  for (const auto& row : co_await tx.all(kReported, ids)) here.emplace(reference_of(row.id), row);

  ReportComparison out{
      .payouts = static_cast<std::int64_t>(order.size()), .others = report.others, .differences = {}};
  const Day last_day = last.value_or(day_in_zone(tx.now(), zone));
  for (const auto& reference : order) {
    const auto found = here.find(reference);
    for (auto& one :
         compare_one(there.at(reference), found == here.end() ? nullptr : &found->second, zone, last_day))
      out.differences.push_back(std::move(one));
  }
  if (first)
    for (const auto& row : co_await tx.all(kPaidBetween, report.rail, *first, *last, zone))
      if (!there.contains(reference_of(row.id)))
        out.differences.push_back(
            {"missing_there", reference_of(row.id),
             fmt::format("{} paid here, not in the report", text_of({row.amount, row.currency}))});
  for (auto& row : co_await tx.all(kCash)) out.differences.push_back(std::move(row));
  co_return out;
}

}  // namespace tandem::payouts
