#include "earnings/standings.hpp"

#include <algorithm>
#include <cstring>

#include "attribution/ids.hpp"

namespace tandem::earnings {
namespace {

using attribution::ConversionId;
using attribution::RecordedConversion;
using partners::Term;
using partners::TierPeriod;

// A cap, a threshold and a tier are about rows of other transactions: their partner is locked first, so that
// two conversions cannot both take the last of a cap or reach a threshold. The role money may not touch
// partners, so the lock is on the partner's id.
const db::Query<db::Nothing(std::vector<std::int64_t>)> kLock{"earnings.lock_standings", R"sql(
  select pg_advisory_xact_lock(k) from unnest($2::bigint[]) k where $1::uuid is not null
)sql"};

struct EarnedRow {
  PartnerId partner_id;
  partners::DealId deal_id;
  std::int32_t position;
  std::string month;
  Currency currency;
  std::int64_t earned;
};
BOOST_DESCRIBE_STRUCT(EarnedRow, (), (partner_id, deal_id, position, month, currency, earned))
// Over all versions of a deal: a new version does not begin anything again. What was taken back is earned no
// more.
const db::Query<EarnedRow(std::vector<PartnerId>, std::optional<Timestamp>, TimeZone,
                          std::optional<Timestamp>)>
    kEarned{"earnings.earned_before", R"sql(
  select coalesce(e.split_from, e.partner_id) as partner_id, v.deal_id, t.position,
    to_char(e.occurred_at at time zone $4, 'YYYY-MM') as month, e.currency, sum(e.amount)::bigint as earned
  from app.earnings e
  join app.deal_terms t on t.organization_id = $1 and t.id = e.term_id
  join app.deal_versions v on v.organization_id = $1 and v.id = t.deal_version_id
  where e.organization_id = $1
    and ((e.partner_id = any($2) and e.split_from is null) or e.split_from = any($2))
    and ($3::timestamptz is null or e.occurred_at >= $3) and ($5::timestamptz is null or e.occurred_at < $5)
  group by coalesce(e.split_from, e.partner_id), v.deal_id, t.position, month, e.currency
)sql"};

struct ConvertedRow {
  std::optional<PartnerId> partner_id;  // of a conversion that is nobody's; not among these
  attribution::ConversionKind kind{};
  std::string month;
  Currency currency;
  std::int64_t count;
  Decimal volume;
};
BOOST_DESCRIBE_STRUCT(ConvertedRow, (), (partner_id, kind, month, currency, count, volume))
// The conversions that the partner was credited with; one that was refunded in full counts no more.
const db::Query<ConvertedRow(std::vector<PartnerId>, std::optional<Timestamp>, TimeZone,
                             std::vector<ConversionId>, std::optional<Timestamp>)>
    kConverted{"earnings.converted_before", R"sql(
  select c.partner_id, c.kind, to_char(c.occurred_at at time zone $4, 'YYYY-MM') as month, c.currency,
    count(*) filter (where c.exact_amount = 0 or c.exact_amount > r.taken) as count,
    sum(c.exact_amount - r.taken) as volume
  from app.conversions c
  cross join lateral (
    select coalesce(sum(x.exact_amount), 0) as taken
    from app.reversals x
    where x.organization_id = $1 and x.conversion_id = c.id
      and ($6::timestamptz is null or x.occurred_at < $6)) r
  where c.organization_id = $1 and c.partner_id = any($2) and ($3::timestamptz is null or c.occurred_at >= $3)
    and not (c.id = any($5)) and ($6::timestamptz is null or c.occurred_at < $6)
  group by c.partner_id, c.kind, month, c.currency
)sql"};

/// A 64-bit key of a partner for the transaction-wide lock: the random half of its id.
std::int64_t lock_key(PartnerId id) {
  std::int64_t key = 0;
  std::memcpy(&key, id.uuid().bytes().data() + 8, sizeof key);
  return key;
}

partners::Trigger trigger_of(attribution::ConversionKind kind) {
  using attribution::ConversionKind;
  return kind == ConversionKind::lead   ? partners::Trigger::lead
         : kind == ConversionKind::sale ? partners::Trigger::sale
                                        : partners::Trigger::subscription;
}

/// "2026-03" to 2026 and 0 for the first quarter.
std::pair<std::string_view, int> quarter_of(std::string_view month) {
  return {month.substr(0, 4), ((month[5] - '0') * 10 + (month[6] - '0') - 1) / 3};
}

/// The longest period that any of the terms looks back; nothing where none does.
std::optional<TierPeriod> reach(std::span<const Term> terms) {
  std::optional<TierPeriod> out;
  const auto at_least = [&](TierPeriod period) { out = std::max(out.value_or(period), period); };
  for (const Term& term : terms) {
    if (term.cap_per_deal || term.cap_per_partner) at_least(TierPeriod::lifetime);
    if (term.cap_per_month) at_least(TierPeriod::month);
    if (term.cap_per_year) at_least(TierPeriod::year);
    if (!term.tiers.empty()) at_least(term.tier_period);
  }
  return out;
}

/// The beginning of the period that holds `at`, in the zone; nothing of a lifetime.
std::optional<Timestamp> beginning(TierPeriod period, Timestamp at, const TimeZone& zone) {
  if (period == TierPeriod::lifetime) return std::nullopt;
  const std::chrono::year_month_day day{day_in_zone(at, zone).days()};
  const auto number = static_cast<unsigned>(day.month());
  unsigned month = number;
  if (period == TierPeriod::quarter) month = (number - 1) / 3 * 3 + 1;
  if (period == TierPeriod::year) month = 1;
  return start_of_day(
      Day{std::chrono::sys_days{day.year() / std::chrono::month{month} / std::chrono::day{1}}}, zone);
}

}  // namespace

bool is_in_period(TierPeriod period, std::string_view month, std::string_view of) {
  switch (period) {
    case TierPeriod::month: return month == of;
    case TierPeriod::quarter: return quarter_of(month) == quarter_of(of);
    case TierPeriod::year: return month.substr(0, 4) == of.substr(0, 4);
    case TierPeriod::lifetime: break;
  }
  return true;
}

Task<> Standings::load(db::Tx& tx, std::span<const Term> terms,
                       std::span<const RecordedConversion> conversions, TimeZone zone) {
  zone_ = std::move(zone);
  const auto back = reach(terms);
  if (!back) co_return;
  std::set<std::int64_t> locks;
  for (const Term& term : terms) {
    if (!reach(std::span(&term, 1))) continue;
    told_.insert(term.partner_id);
    locks.insert(lock_key(term.partner_id));
  }
  std::vector<ConversionId> batch;
  for (const auto& conversion : conversions) batch.push_back(conversion.id);
  const auto from = beginning(
      *back, std::ranges::min(conversions, {}, &RecordedConversion::occurred_at).occurred_at, zone_);
  co_await tx.exec(kLock, std::vector<std::int64_t>(locks.begin(), locks.end()));
  co_await read(tx, from, std::nullopt, std::move(batch));
}

Task<> Standings::load_as_of(db::Tx& tx, std::span<const Term> terms, Timestamp at, TimeZone zone) {
  zone_ = std::move(zone);
  const auto back = reach(terms);
  if (!back) co_return;
  for (const Term& term : terms)
    if (reach(std::span(&term, 1))) told_.insert(term.partner_id);
  co_await read(tx, beginning(*back, at, zone_), at, {});
}

Task<> Standings::read(db::Tx& tx, std::optional<Timestamp> from, std::optional<Timestamp> until,
                       std::vector<ConversionId> batch) {
  const std::vector<PartnerId> partner_ids(told_.begin(), told_.end());
  auto [earned, converted] =
      co_await tx.together(db::call(kEarned, partner_ids, from, zone_, until),
                           db::call(kConverted, partner_ids, from, zone_, batch, until));
  for (const auto& row : earned)
    earned_[row.partner_id][{row.deal_id, row.position, row.month, row.currency}] = row.earned;
  for (const auto& row : converted)
    converted_[row.partner_id.value()][{trigger_of(row.kind), row.month, row.currency}] = {row.count,
                                                                                           row.volume};
}

void Standings::tell(Facts& facts, const Term& term) const {
  facts.earned_this_month = facts.earned_this_year = 0;
  facts.earned_by_deal = facts.earned_by_partner = facts.earned_this_period = 0;
  facts.count_before = facts.volume_before = 0;
  if (!is_told(term.partner_id)) return;
  const auto month = month_of(facts.occurred_at);
  if (const auto rows = earned_.find(term.partner_id); rows != earned_.end())
    for (const auto& [of, amount] : rows->second) {
      if (of.currency != facts.currency) continue;
      facts.earned_by_partner += amount;
      if (of.deal_id != term.deal_id) continue;
      facts.earned_by_deal += amount;
      if (of.position != term.position) continue;
      if (of.month == month) facts.earned_this_month += amount;
      if (is_in_period(TierPeriod::year, of.month, month)) facts.earned_this_year += amount;
      if (is_in_period(term.tier_period, of.month, month)) facts.earned_this_period += amount;
    }
  Decimal volume;
  if (const auto rows = converted_.find(term.partner_id); rows != converted_.end())
    for (const auto& [of, before] : rows->second) {
      if (of.trigger != term.trigger || !is_in_period(term.tier_period, of.month, month)) continue;
      facts.count_before += before.count;
      if (of.currency == facts.currency) volume = volume + before.volume;
    }
  const auto minor = volume.minor_units(facts.currency.exponent());
  facts.volume_before = minor.value_or(kMaxAmount);  // beyond every tier
}

void Standings::earned(const Term& term, Timestamp at, const Currency& currency, std::int64_t amount) {
  if (is_told(term.partner_id))
    earned_[term.partner_id][{term.deal_id, term.position, month_of(at), currency}] += amount;
}

void Standings::converted(PartnerId partner_id, const Facts& facts) {
  if (!is_told(partner_id)) return;
  auto& before = converted_[partner_id][{facts.trigger, month_of(facts.occurred_at), facts.currency}];
  before.count += 1;
  before.volume = before.volume + facts.gross;
}

}  // namespace tandem::earnings
