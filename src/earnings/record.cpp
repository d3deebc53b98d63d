#include "earnings/record.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "attribution/ids.hpp"
#include "earnings/ids.hpp"
#include "earnings/rollups.hpp"
#include "earnings/rules.hpp"
#include "ledger/api.hpp"
#include "partners/api.hpp"

namespace tandem::earnings {
namespace {

using attribution::ConversionId;
using attribution::LinkId;
using attribution::RecordedConversion;
using attribution::RecordedReversal;
using attribution::ReversalId;
using partners::Term;
using partners::TermId;

/// The rows of a batch, column by column, as unnest takes them.
struct EarningRows {
  std::vector<EarningId> id;
  std::vector<PartnerId> partner_id;
  std::vector<std::optional<ConversionId>> conversion_id;
  std::vector<std::optional<ReversalId>> reversal_id;
  std::vector<std::optional<EarningId>> reverses_id;
  std::vector<std::optional<LinkId>> link_id;
  std::vector<std::optional<TermId>> term_id;
  std::vector<std::optional<partners::DealVersionId>> deal_version_id;
  std::vector<std::string> state;
  std::vector<std::int64_t> amount;
  std::vector<std::string> currency;
  std::vector<Decimal> base;
  std::vector<std::optional<std::int64_t>> rate_ppm;
  std::vector<std::int64_t> weight, weight_total;
  std::vector<Timestamp> occurred_at, hold_until;
  std::vector<JsonObject> explanation;
  std::vector<ledger::Posting> postings;
};

const db::Query<db::Nothing(
    std::vector<EarningId>, std::vector<PartnerId>, std::vector<std::optional<ConversionId>>,
    std::vector<std::optional<ReversalId>>, std::vector<std::optional<EarningId>>,
    std::vector<std::optional<LinkId>>, std::vector<std::optional<TermId>>,
    std::vector<std::optional<partners::DealVersionId>>, std::vector<std::string>, std::vector<std::int64_t>,
    std::vector<std::string>, std::vector<Decimal>, std::vector<std::optional<std::int64_t>>,
    std::vector<std::int64_t>, std::vector<std::int64_t>, std::vector<Timestamp>, std::vector<Timestamp>,
    std::vector<JsonObject>)>
    kInsertEarnings{"earnings.insert_earnings", R"sql(
  insert into app.earnings (organization_id, id, partner_id, kind, conversion_id, reversal_id, reverses_id, link_id,
    term_id, deal_version_id, state, amount, currency, exact_base, rate_ppm, weight, weight_total, occurred_at,
    hold_until, explanation)
  select $1, u.id, u.partner_id, 'commission', u.conversion_id, u.reversal_id, u.reverses_id, u.link_id,
    u.term_id, u.deal_version_id, u.state, u.amount, u.currency, u.exact_base, u.rate_ppm, u.weight, u.weight_total,
    u.occurred_at, u.hold_until, u.explanation
  from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[],
    $10::text[], $11::bigint[], $12::text[], $13::numeric[], $14::bigint[], $15::bigint[], $16::bigint[],
    $17::timestamptz[], $18::timestamptz[], $19::jsonb[])
    as u(id, partner_id, conversion_id, reversal_id, reverses_id, link_id, term_id, deal_version_id, state, amount,
      currency, exact_base, rate_ppm, weight, weight_total, occurred_at, hold_until, explanation)
  returning 1
)sql"};

struct EarnedRow {
  EarningId id;
  std::optional<ConversionId> conversion_id;
  PartnerId partner_id;
  std::optional<LinkId> link_id;
  std::optional<TermId> term_id;
  std::optional<partners::DealVersionId> deal_version_id;
  std::string state;
  std::int64_t amount;
  Currency currency;
  std::optional<std::int64_t> rate_ppm;
  std::int64_t weight, weight_total;
  Timestamp hold_until;
};
BOOST_DESCRIBE_STRUCT(EarnedRow, (),
                      (id, conversion_id, partner_id, link_id, term_id, deal_version_id, state, amount,
                       currency, rate_ppm, weight, weight_total, hold_until))

const db::Query<EarnedRow(std::vector<ConversionId>)> kEarnedOfConversions{"earnings.earned_of_conversions",
                                                                           R"sql(
  select id, conversion_id, partner_id, link_id, term_id, deal_version_id, state, amount, currency, rate_ppm, weight,
    weight_total, hold_until
  from app.earnings
  where organization_id = $1 and conversion_id = any($2) and reversal_id is null
  order by id
  for no key update
)sql"};

struct MonthRow {
  partners::DealId deal_id;
  std::int32_t position;
  std::string month;
  std::int64_t earned;
};
BOOST_DESCRIBE_STRUCT(MonthRow, (), (deal_id, position, month, earned))

// The month cap is a limit over rows of other transactions: its deal is locked first, so that two conversions
// of one partner cannot both take the last of it. The role money may not touch deals, so the lock is on the
// deal's id.
const db::Query<db::Nothing(std::vector<std::int64_t>)> kLockDeals{"earnings.lock_deals", R"sql(
  select pg_advisory_xact_lock(k) from unnest($2::bigint[]) k where $1::uuid is not null
)sql"};
// Over all versions of a deal: a new version does not begin the month again. From the month of the batch's
// first conversion on.
const db::Query<MonthRow(std::vector<partners::DealId>, Timestamp)> kEarnedByMonth{"earnings.earned_by_month",
                                                                                   R"sql(
  select v.deal_id, t.position, to_char(e.occurred_at at time zone o.time_zone, 'YYYY-MM') as month,
    sum(e.amount)::bigint as earned
  from app.deal_versions v
  join app.organizations o on o.organization_id = v.organization_id
  join app.deal_terms t on t.organization_id = v.organization_id and t.deal_version_id = v.id
  join app.earnings e on e.organization_id = t.organization_id and e.partner_id = t.partner_id and e.term_id = t.id
  where v.organization_id = $1 and v.deal_id = any($2)
    and e.occurred_at >= date_trunc('month', $3::timestamptz at time zone o.time_zone) at time zone o.time_zone
  group by v.deal_id, t.position, month
)sql"};

struct ZoneRow {
  TimeZone time_zone;
};
BOOST_DESCRIBE_STRUCT(ZoneRow, (), (time_zone))
const db::Query<ZoneRow()> kZone{"earnings.organization_zone", R"sql(
  select time_zone from app.organizations where organization_id = $1
)sql"};

const db::Query<db::Nothing(ConversionId, std::string, std::string)> kMoveState{"earnings.move_state", R"sql(
  update app.earnings set state = $4
  where organization_id = $1 and conversion_id = $2 and state = $3
)sql"};
// With the parts that were taken back before: left pending, they would be owed when the hold ends.
const db::Query<db::Nothing(std::vector<EarningId>)> kCancel{"earnings.cancel", R"sql(
  update app.earnings set state = 'cancelled'
  where organization_id = $1 and (id = any($2) or reverses_id = any($2)) and state in ('pending', 'held')
)sql"};

/// A 64-bit key of a deal for the transaction-wide lock: the random half of its id.
std::int64_t lock_key(partners::DealId id) {
  std::int64_t key = 0;
  std::memcpy(&key, id.uuid().bytes().data() + 8, sizeof key);
  return key;
}

/// What each capped term has earned in each month, whatever version it was in; kept up to date within the
/// batch.
class MonthTotals {
 public:
  Task<> load(db::Tx& tx, std::span<const Term> terms, std::span<const RecordedConversion> conversions) {
    std::set<partners::DealId> capped;
    std::set<std::int64_t> locks;
    for (const Term& term : terms) {
      if (!term.cap_per_month) continue;
      capped.insert(term.deal_id);
      locks.insert(lock_key(term.deal_id));
    }
    if (capped.empty()) co_return;
    const Timestamp first = std::ranges::min(conversions, {}, &RecordedConversion::occurred_at).occurred_at;
    co_await tx.exec(kLockDeals, std::vector<std::int64_t>(locks.begin(), locks.end()));
    auto [rows, zones] = co_await tx.together(
        db::call(kEarnedByMonth, std::vector<partners::DealId>(capped.begin(), capped.end()), first),
        db::call(kZone));
    for (const MonthRow& row : rows) totals_[{row.deal_id, row.position, row.month}] = row.earned;
    zone_ = zones.at(0).time_zone;
  }
  std::int64_t& of(const Term& term, Timestamp at) {
    if (!term.cap_per_month) return none_ = 0;
    return totals_[{term.deal_id, term.position, day_in_zone(at, *zone_).str().substr(0, 7)}];
  }

 private:
  std::map<std::tuple<partners::DealId, int, std::string>, std::int64_t> totals_;
  std::optional<TimeZone> zone_;
  std::int64_t none_ = 0;
};

Facts facts_of(const RecordedConversion& conversion) {
  Facts facts;
  facts.trigger = conversion.kind == attribution::ConversionKind::lead   ? partners::Trigger::lead
                  : conversion.kind == attribution::ConversionKind::sale ? partners::Trigger::sale
                                                                         : partners::Trigger::subscription;
  facts.currency = conversion.currency;
  facts.gross = conversion.gross;
  facts.tax = conversion.tax;
  facts.discount = conversion.discount;
  facts.cost = conversion.cost;
  facts.country = conversion.country;
  facts.product = conversion.product;
  facts.plan = conversion.plan;
  facts.metadata = conversion.metadata;
  facts.occurred_at = conversion.occurred_at;
  facts.first_payment_at = conversion.first_payment_at;
  facts.is_first_payment = conversion.is_first_payment;
  return facts;
}

Timestamp hold_end(Timestamp occurred_at, const Term& term) {
  return occurred_at + std::chrono::hours{24} * term.hold_days;
}

void append(EarningRows& rows, EarningId id, PartnerId partner_id, std::optional<LinkId> link_id,
            const Term& term, std::int64_t amount, Currency currency, const Decimal& base,
            std::int64_t weight, std::int64_t weight_total, Timestamp occurred_at, std::string explanation) {
  rows.id.push_back(id);
  rows.partner_id.push_back(partner_id);
  rows.reverses_id.emplace_back();
  rows.link_id.push_back(link_id);
  rows.term_id.emplace_back(term.id);
  rows.deal_version_id.emplace_back(term.deal_version_id);
  rows.state.emplace_back("pending");
  rows.amount.push_back(amount);
  rows.currency.push_back(currency.str());
  rows.base.push_back(base);
  rows.rate_ppm.push_back(term.method == partners::Method::percentage ? std::optional(term.rate.ppm())
                                                                      : std::nullopt);
  rows.weight.push_back(weight);
  rows.weight_total.push_back(weight_total);
  rows.occurred_at.push_back(occurred_at);
  rows.hold_until.push_back(hold_end(occurred_at, term));
  rows.explanation.push_back(JsonObject::trusted(std::move(explanation)));
}

std::vector<std::int64_t> weights_of(std::span<const attribution::EarningShare> shares) {
  std::vector<std::int64_t> weights;
  for (const auto& share : shares) weights.push_back(share.weight);
  return weights;
}

/// The earnings of one conversion: each share's partner under each of its terms, the commission split by
/// weight.
void earn(db::Tx& tx, const RecordedConversion& conversion, std::span<const Term> terms, MonthTotals& months,
          EarningRows& rows) {
  const auto weights = weights_of(conversion.shares);
  std::int64_t total = 0;
  for (const auto weight : weights) total += weight;
  Facts facts = facts_of(conversion);
  for (std::size_t i = 0; i < conversion.shares.size(); ++i) {
    const auto& share = conversion.shares[i];
    for (const Term* term : partners::in_force(terms, share.partner_id, conversion.occurred_at)) {
      std::int64_t& this_month = months.of(*term, conversion.occurred_at);
      facts.earned_this_month = this_month;
      const auto earned = commission(*term, facts);
      if (!earned) continue;
      const std::int64_t part = shares(earned->amount, weights)[i];
      if (part == 0) continue;
      this_month += part;
      const auto id = tx.new_id<EarningId>();
      rows.conversion_id.emplace_back(conversion.id);
      rows.reversal_id.emplace_back();
      append(rows, id, share.partner_id, share.link_id, *term, part, facts.currency, earned->base, weights[i],
             total, conversion.occurred_at, explanation_json(*term, facts, *earned, part, weights[i], total));
      rows.postings.push_back(ledger::commission_earned(id.uuid(), share.partner_id, {part, facts.currency}));
    }
  }
}

/// The negative earnings of a reversal that names no conversion: at the rate that a sale of that instant
/// would earn.
void owe_back(db::Tx& tx, const RecordedReversal& reversal, std::span<const Term> terms, EarningRows& rows) {
  const auto weights = weights_of(reversal.shares);
  std::int64_t total = 0;
  for (const auto weight : weights) total += weight;
  Facts facts;
  facts.trigger = partners::Trigger::sale;
  facts.currency = reversal.currency;
  facts.gross = reversal.amount;
  facts.occurred_at = reversal.occurred_at;
  for (std::size_t i = 0; i < reversal.shares.size(); ++i) {
    const auto& share = reversal.shares[i];
    for (const Term* term : partners::in_force(terms, share.partner_id, reversal.occurred_at)) {
      if (term->method != partners::Method::percentage) continue;
      const auto owed = commission(*term, facts);
      if (!owed) continue;
      const std::int64_t part = shares(owed->amount, weights)[i];
      if (part == 0) continue;
      const auto id = tx.new_id<EarningId>();
      rows.conversion_id.emplace_back();
      rows.reversal_id.emplace_back(reversal.id);
      append(rows, id, share.partner_id, share.link_id, *term, -part, facts.currency, owed->base, weights[i],
             total, reversal.occurred_at, explanation_json(*term, facts, *owed, -part, weights[i], total));
      rows.postings.push_back(
          ledger::commission_owed_back(id.uuid(), share.partner_id, {part, facts.currency}));
    }
  }
}

/// The rows that take back from the earnings of the reversal's conversion, by the cumulative rule.
void take_back(db::Tx& tx, const RecordedReversal& reversal, std::span<const EarnedRow> earned,
               EarningRows& rows, std::vector<EarningId>& cancelled) {
  const bool all_gone = reversal.taken_before + reversal.amount >= reversal.conversion_gross;
  for (const EarnedRow& row : earned) {
    if (row.conversion_id != reversal.conversion_id) continue;
    const std::int64_t part =
        taken_back(row.amount, reversal.conversion_gross, reversal.taken_before, reversal.amount);
    const bool in_hold = row.state == "pending" || row.state == "held";
    if (in_hold && all_gone) cancelled.push_back(row.id);
    if (part == 0) continue;
    const auto id = tx.new_id<EarningId>();
    rows.id.push_back(id);
    rows.partner_id.push_back(row.partner_id);
    rows.conversion_id.push_back(row.conversion_id);
    rows.reversal_id.emplace_back(reversal.id);
    rows.reverses_id.emplace_back(row.id);
    rows.link_id.push_back(row.link_id);
    rows.term_id.push_back(row.term_id);
    rows.deal_version_id.push_back(row.deal_version_id);
    rows.state.emplace_back(in_hold ? (all_gone ? "cancelled" : row.state) : "due");
    rows.amount.push_back(-part);
    rows.currency.push_back(row.currency.str());
    rows.base.push_back(reversal.amount);
    rows.rate_ppm.push_back(row.rate_ppm);
    rows.weight.push_back(row.weight);
    rows.weight_total.push_back(row.weight_total);
    rows.occurred_at.push_back(reversal.occurred_at);
    rows.hold_until.push_back(std::max(row.hold_until, reversal.occurred_at));
    rows.explanation.push_back(JsonObject::trusted(fmt::format(
        R"({{"rule":"cumulative","rule_version":{},"earned":{},"total":"{}","taken_before":"{}","taken_now":"{}","taken_back":{}}})",
        kCommissionRuleVersion, row.amount, reversal.conversion_gross.str(), reversal.taken_before.str(),
        reversal.amount.str(), part)));
    const Money money{part, row.currency};
    rows.postings.push_back(in_hold ? ledger::commission_taken_back_in_hold(id.uuid(), row.partner_id, money)
                                    : ledger::commission_owed_back(id.uuid(), row.partner_id, money));
  }
}

/// Queues the rows and their postings; they travel with the next statement or the commit.
void store(db::Tx& tx, const EarningRows& rows) {
  if (rows.id.empty()) return;
  tx.later(kInsertEarnings, rows.id, rows.partner_id, rows.conversion_id, rows.reversal_id, rows.reverses_id,
           rows.link_id, rows.term_id, rows.deal_version_id, rows.state, rows.amount, rows.currency,
           rows.base, rows.rate_ppm, rows.weight, rows.weight_total, rows.occurred_at, rows.hold_until,
           rows.explanation);
  ledger::post(tx, rows.postings);
  mark_days(tx, rows.partner_id, rows.occurred_at);
}

std::vector<PartnerId> unique(std::vector<PartnerId> ids) {
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

}  // namespace

Task<> on_conversions(db::Tx& tx, const attribution::ConversionsRecorded& event) {
  std::vector<PartnerId> partner_ids;
  for (const auto& conversion : event.conversions)
    for (const auto& share : conversion.shares) partner_ids.push_back(share.partner_id);
  if (partner_ids.empty()) co_return;
  const auto terms = co_await partners::all_terms(tx, unique(std::move(partner_ids)));
  MonthTotals months;
  co_await months.load(tx, terms, event.conversions);
  EarningRows rows;
  for (const auto& conversion : event.conversions) earn(tx, conversion, terms, months, rows);
  store(tx, rows);
}

Task<> on_reversals(db::Tx& tx, const attribution::ReversalsRecorded& event) {
  std::vector<PartnerId> partner_ids;
  std::vector<ConversionId> conversions;
  for (const auto& reversal : event.reversals) {
    if (reversal.conversion_id)
      conversions.push_back(*reversal.conversion_id);
    else
      for (const auto& share : reversal.shares) partner_ids.push_back(share.partner_id);
  }
  std::vector<Term> terms;
  std::vector<EarnedRow> earned;
  if (!partner_ids.empty()) terms = co_await partners::all_terms(tx, unique(std::move(partner_ids)));
  if (!conversions.empty()) earned = co_await tx.all(kEarnedOfConversions, conversions);
  EarningRows rows;
  std::vector<EarningId> cancelled;
  for (const auto& reversal : event.reversals) {
    if (reversal.conversion_id)
      take_back(tx, reversal, earned, rows, cancelled);
    else
      owe_back(tx, reversal, terms, rows);
  }
  store(tx, rows);
  if (!cancelled.empty()) tx.later(kCancel, cancelled);
}

Task<> on_dispute(db::Tx& tx, const attribution::DisputeChanged& event) {
  tx.later(kMoveState, event.conversion_id, event.is_open ? "pending" : "held",
           event.is_open ? "held" : "pending");
  co_return;
}

}  // namespace tandem::earnings
