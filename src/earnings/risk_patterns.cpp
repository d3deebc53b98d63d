#include "earnings/risk_patterns.hpp"

#include <fmt/format.h>

#include "earnings/holds.hpp"
#include "earnings/partner_traces.hpp"
#include "earnings/risk.hpp"
#include "identity/api.hpp"

namespace tandem::earnings {

namespace {

using Ids = std::vector<EarningId>;

constexpr std::int64_t kFloodVisits = 1'000, kOrdersLeast = 20, kPaymentsLeast = 20, kDisputesLeast = 2;
constexpr std::int32_t kHeldMost = 2'000;  // earnings by one signal in one transaction
constexpr std::int64_t kLeadsLeast = 50, kClicksLeast = 100, kListedLeast = 3;
constexpr std::string_view kSuspend = "partners.suspend", kPauseLinks = "attribution.pause_links";

// sql: organization: the CTEs hold rows of one organization
const db::Query<DayOfVisits(Timestamp, Timestamp, std::int64_t)> kVisits{"earnings.risk_day_of_visits", R"sql(
  with minutes as (
    select v.partner_id, v.ip, date_trunc('minute', v.at) as minute, count(*) as visits
    from app.visits v
    where v.organization_id = $1 and v.at >= $2 and v.at < $3 and v.source <> 'import'
      and v.status in ('counted', 'duplicate')
    group by v.partner_id, v.ip, minute),
  networks as (
    select m.partner_id, max(m.visits) as visits
    from (
      select n.partner_id, sum(n.visits)::bigint as visits
      from minutes n
      where n.ip is not null
      group by n.partner_id, network(set_masklen(n.ip, case family(n.ip) when 4 then 24 else 48 end))) m
    group by m.partner_id),
  clicks as (
    select v.partner_id, count(*) as clicks, count(*) filter (where s.visit_id is null) as unseen
    from app.visits v
    join app.links l on l.organization_id = $1 and l.id = v.link_id
    left join app.landings s on s.organization_id = $1 and s.visit_id = v.id
    where v.organization_id = $1 and v.at >= $2 and v.at < $3 and v.source = 'redirect' and v.status = 'counted'
      and exists (
        select 1 from app.landings h
        where h.organization_id = $1 and h.host = l.host and h.at <= v.at and h.at > v.at - interval '1 day')
    group by v.partner_id)
  select m.partner_id, sum(m.visits)::bigint as visits,
    (select count(*) from app.conversions c
     where c.organization_id = $1 and c.partner_id = m.partner_id and c.occurred_at >= $2 and c.occurred_at < $3)
      as conversions,
    coalesce((select n.visits from networks n where n.partner_id = m.partner_id), 0)::bigint as of_one_network,
    count(*) filter (where m.ip is not null and m.visits > $4) as bursts,
    coalesce(sum(m.visits) filter (where m.ip is not null and m.visits > $4), 0)::bigint as in_bursts,
    coalesce((select k.clicks from clicks k where k.partner_id = m.partner_id), 0) as clicks,
    coalesce((select k.unseen from clicks k where k.partner_id = m.partner_id), 0) as unseen
  from minutes m
  group by m.partner_id
)sql"};
// Of the links of a partner with a visit in that time: the visits that a lead's attribution chose.
const db::Query<ClickTimes(PartnerId, Timestamp, Timestamp)> kClickTimes{"earnings.risk_click_times", R"sql(
  select count(*) as leads, count(*) filter (where x.at - v.at < interval '3 days') as soon
  from (
    select l.occurred_at as at,
      ((l.trace -> 'candidates') -> (l.trace ->> 'winner')::int ->> 'visit_id')::uuid as visit_id
    from app.leads l
    where l.organization_id = $1 and l.partner_id = $2 and l.occurred_at >= $3 and l.occurred_at < $4) x
  join app.visits v on v.organization_id = $1 and v.id = x.visit_id
  where x.at - v.at < interval '30 days'
)sql"};
struct LinkRow {
  attribution::LinkId id;
};
BOOST_DESCRIBE_STRUCT(LinkRow, (), (id))
// The links that a tenth or more of a partner's visits came by.
const db::Query<LinkRow(PartnerId, Timestamp, Timestamp)> kBusyLinks{"earnings.risk_busy_links", R"sql(
  with by_link as (
    select v.link_id as id, count(*) as visits
    from app.visits v
    where v.organization_id = $1 and v.partner_id = $2 and v.at >= $3 and v.at < $4 and v.source <> 'import'
    group by v.link_id)
  select b.id from by_link b where b.visits * 10 >= (select sum(o.visits) from by_link o)
)sql"};
// Not again while one waits or was decided in the last thirty days.
const db::Query<CouponUse(Timestamp, Timestamp)> kCoupons{"earnings.risk_coupon_use", R"sql(
  select p.id as partner_id, k.id as coupon_id, count(*) as orders,
    count(*) filter (where not exists (
      select 1 from app.visits v
      where v.organization_id = $1 and v.visitor_id = l.visitor_id and v.status = 'counted'
        and v.partner_id = c.partner_id and v.at <= c.occurred_at)) as without_click,
    count(*) filter (where exists (
      select 1 from app.visits v
      join app.organizations o on o.organization_id = $1
      cross join lateral jsonb_array_elements_text(coalesce(o.settings -> 'coupon_sites', '[]')) as site(host)
      where v.organization_id = $1 and v.visitor_id = l.visitor_id and v.status = 'counted' and v.at <= c.occurred_at
        and right('.' || lower(split_part(split_part(v.referrer, '/', 3), ':', 1)), length(site.host) + 1)
          = '.' || site.host))
      as from_listed
  from app.conversions c
  join app.leads l on l.organization_id = $1 and l.id = c.lead_id and l.visitor_id is not null
  join app.partners p on p.organization_id = $1 and p.id = c.partner_id
  join app.coupons k on k.organization_id = $1 and k.id = coalesce(c.coupon_id, l.coupon_id)
  where c.organization_id = $1 and c.occurred_at >= $2 and c.occurred_at < $3
    and not exists (
      select 1 from app.risk_signals s
      where s.organization_id = $1 and s.kind = 'coupon_leak' and s.subject_id = k.id
        and (s.state = 'open' or s.decided_at >= $2))
  group by p.id, k.id
)sql"};
const db::Query<PartnerRecord(Timestamp, Timestamp, Timestamp)> kRecords{"earnings.risk_partner_records",
                                                                         R"sql(
  with records as (
    select p.id as partner_id, count(*) as payments,
      count(*) filter (where exists (
        select 1 from app.reversals r
        where r.organization_id = $1 and r.conversion_id = c.id and r.kind <> 'dispute')) as refunded,
      count(*) filter (where exists (
        select 1 from app.disputes d
        where d.organization_id = $1 and d.conversion_id = c.id and d.state <> 'won')) as disputed
    from app.conversions c
    join app.partners p on p.organization_id = $1 and p.id = c.partner_id
    where c.organization_id = $1 and c.occurred_at >= $2 and c.occurred_at < $3 and c.kind <> 'lead'
    group by p.id)
  select r.partner_id, r.payments, r.refunded, r.disputed,
    ((select sum(o.payments) from records o) - r.payments)::bigint as payments_of_others,
    ((select sum(o.refunded) from records o) - r.refunded)::bigint as refunded_of_others
  from records r
  where not exists (
    select 1 from app.risk_signals s
    where s.organization_id = $1 and s.kind = 'odd_partner' and s.partner_id = r.partner_id
      and (s.state = 'open' or s.decided_at >= $4))
)sql"};

struct SharedRow {
  PartnerId partner_id;
  std::int64_t partners = 0;  // with the same account, this one among them
};
BOOST_DESCRIBE_STRUCT(SharedRow, (), (partner_id, partners))
// Partners that are paid to an account that is another partner's, too.
const db::Query<SharedRow(Timestamp)> kSharedAccounts{"earnings.risk_shared_accounts", R"sql(
  select a.partner_id, max(o.partners)::bigint as partners
  from app.partner_traces a
  join app.partners p on p.organization_id = $1 and p.id = a.partner_id and p.status in ('active', 'suspended')
  cross join lateral (
    select count(*) as partners
    from app.partner_traces t
    join app.partners q on q.organization_id = $1 and q.id = t.partner_id and q.status in ('active', 'suspended')
    where t.organization_id = $1 and t.kind = 'account' and t.hash = a.hash) o
  where a.organization_id = $1 and a.kind = 'account' and o.partners > 1
    and not exists (
      select 1 from app.risk_signals s
      where s.organization_id = $1 and s.kind = 'shared_account' and s.partner_id = a.partner_id
        and (s.state = 'open' or s.decided_at >= $2))
  group by a.partner_id
)sql"};

struct IdRow {
  EarningId id;
};
BOOST_DESCRIBE_STRUCT(IdRow, (), (id))
const db::Query<IdRow(PartnerId, Timestamp, Timestamp, std::optional<Uuid>, std::int32_t)> kToHold{
    "earnings.earnings_at_risk", R"sql(
  select e.id
  from app.earnings e
  where e.organization_id = $1 and e.partner_id = $2 and e.occurred_at >= $3 and e.occurred_at < $4 and e.amount > 0
    and e.state in ('pending', 'due', 'held') and e.kind not in ('saving', 'write_off')
    and ($5::uuid is null or exists (
      select 1
      from app.conversions c
      left join app.leads l on l.organization_id = $1 and l.id = c.lead_id
      where c.organization_id = $1 and c.id = e.conversion_id and coalesce(c.coupon_id, l.coupon_id) = $5))
  order by e.occurred_at, e.id
  limit $6
)sql"};
const db::Query<IdRow(Ids)> kOnTop{"earnings.earnings_on_top", R"sql(
  select e.id
  from app.earnings e
  where e.organization_id = $1 and e.overrides_id = any($2) and e.amount > 0
    and e.state in ('pending', 'due', 'held')
)sql"};

std::int32_t score_of(std::int64_t part, std::int64_t whole) {
  return static_cast<std::int32_t>(
      std::min<std::int64_t>(100, 50 + 50 * part / std::max<std::int64_t>(whole, 1)));
}

struct DayPayload {
  Day period;
};
BOOST_DESCRIBE_STRUCT(DayPayload, (), (period))

/// Stores signals and does what the rule says.
class Patterns {
 public:
  Patterns(db::Tx& tx, RiskActions actions, std::string period)
      : tx_(tx), actions_(std::move(actions)), period_(std::move(period)) {}

  struct Subject {
    PartnerId partner_id;
    std::string_view kind;
    Uuid id;
  };
  /// What the partner earned from `from` to `to` is held, of a coupon what was sold with it.
  Task<> signal(RiskKind kind, Subject subject, std::optional<std::int32_t> score, std::string evidence,
                Timestamp from, Timestamp to) {
    const RiskAction action = actions_.at(kind);
    if (!score || action == RiskAction::off) co_return;
    const auto id = tx_.new_id<RiskSignalId>();
    store_signals(tx_, {{id, subject.partner_id, kind, std::string(subject.kind), subject.id, period_, *score,
                         JsonObject::trusted(std::move(evidence)), action}});
    if (action == RiskAction::signal) co_return;
    const auto coupon = subject.kind == "coupon" ? std::optional{subject.id} : std::nullopt;
    Ids ids;
    for (const auto& row : co_await tx_.all(kToHold, subject.partner_id, from, to, coupon, kHeldMost))
      ids.push_back(row.id);
    const auto on_top = co_await tx_.all(kOnTop, ids);
    for (const auto& row : on_top) ids.push_back(row.id);
    if (!ids.empty()) co_await hold_for_risk(tx_, std::move(ids), id);
    if (action == RiskAction::pause)
      jobs::enqueue(tx_, kSuspend,
                    fmt::format(R"({{"partner_id":"{}","reason":"{}"}})", subject.partner_id.str(),
                                json::enum_name(kind)));
    if (action == RiskAction::pause_links) co_await pause_links(kind, subject.partner_id, from, to);
  }

 private:
  /// The links that most of it came by, by a job of theirs.
  Task<> pause_links(RiskKind kind, PartnerId partner_id, Timestamp from, Timestamp to) {
    std::string ids;
    for (const auto& row : co_await tx_.all(kBusyLinks, partner_id, from, to))
      ids += fmt::format(R"({}"{}")", ids.empty() ? "" : ",", row.id.str());
    if (!ids.empty())
      jobs::enqueue(tx_, kPauseLinks,
                    fmt::format(R"({{"link_ids":[{}],"reason":"{}"}})", ids, json::enum_name(kind)));
  }

  db::Tx& tx_;
  RiskActions actions_;
  std::string period_;
};

}  // namespace

bool is_flat(const ClickTimes& times) { return times.leads >= kLeadsLeast && times.soon * 5 < times.leads; }

std::optional<std::int32_t> click_flooding(const DayOfVisits& day, const ClickTimes& times) {
  if (day.visits <= kFloodVisits) return std::nullopt;
  const bool brings_nothing = day.conversions * 2'000 < day.visits;
  const bool is_one_network = day.of_one_network * 2 > day.visits;
  const int seen = int{brings_nothing} + int{is_one_network} + int{is_flat(times)};
  if (seen == 0) return std::nullopt;
  return seen > 1 ? 95 : is_one_network ? 80 : 70;
}

std::optional<std::int32_t> cookie_stuffing(const DayOfVisits& day) {
  if (day.clicks < kClicksLeast || day.unseen * 10 <= day.clicks * 8) return std::nullopt;
  return score_of(day.unseen, day.clicks);
}

std::optional<std::int32_t> bot_rate(const DayOfVisits& day) {
  if (day.bursts == 0) return std::nullopt;
  return score_of(day.in_bursts, day.visits);
}

std::optional<std::int32_t> coupon_leak(const CouponUse& use) {
  if (use.orders >= kOrdersLeast && use.without_click * 10 > use.orders * 7)
    return score_of(use.without_click, use.orders);
  if (use.from_listed >= kListedLeast) return score_of(use.from_listed, use.orders);
  return std::nullopt;
}

std::optional<std::int32_t> odd_partner(const PartnerRecord& record) {
  if (record.payments < kPaymentsLeast) return std::nullopt;
  const bool is_disputed = record.disputed >= kDisputesLeast && record.disputed * 100 > record.payments;
  // refunded ÷ payments > 3 × the others' rate, without a division
  const bool is_refunded =
      record.refunded * 20 > record.payments && record.payments_of_others > 0 &&
      record.refunded * record.payments_of_others > 3 * record.refunded_of_others * record.payments;
  if (!is_disputed && !is_refunded) return std::nullopt;
  return is_disputed ? 90 : 70;
}

Task<> look_for_patterns(db::Tx& tx, std::span<const jobs::Job> jobs) {
  using std::chrono::days;
  const TimeZone zone = (co_await identity::organization_defaults(tx)).time_zone;
  for (const auto& job : jobs) {
    const Day today = json::parse<DayPayload>(job.payload).period;
    const Day day{today.days() - days{1}};
    const auto at = [&](int days_ago) { return start_of_day(Day{today.days() - days{days_ago}}, zone); };
    Patterns patterns(tx, co_await risk_actions(tx), day.str());
    for (const auto& row : co_await tx.all(kVisits, at(1), at(0), kVisitsAMinute)) {
      const Patterns::Subject whose{row.partner_id, "partner", row.partner_id.uuid()};
      const ClickTimes times = row.visits > kFloodVisits
                                   ? co_await tx.one(kClickTimes, row.partner_id, at(30), at(0))
                                   : ClickTimes{};
      const std::string evidence = fmt::format(
          R"({{"visits":{},"conversions":{},"of_one_network":{},"bursts":{},"in_bursts":{},"clicks":{},"unseen":{}}})",
          row.visits, row.conversions, row.of_one_network, row.bursts, row.in_bursts, row.clicks, row.unseen);
      co_await patterns.signal(RiskKind::click_flooding, whose, click_flooding(row, times),
                               fmt::format(R"({},"leads":{},"leads_in_three_days":{}}})",
                                           evidence.substr(0, evidence.size() - 1), times.leads, times.soon),
                               at(1), at(0));
      co_await patterns.signal(RiskKind::cookie_stuffing, whose, cookie_stuffing(row), evidence, at(1),
                               at(0));
      co_await patterns.signal(RiskKind::bot_rate, whose, bot_rate(row), evidence, at(1), at(0));
    }
    for (const auto& row : co_await tx.all(kCoupons, at(30), at(0)))
      co_await patterns.signal(RiskKind::coupon_leak, {row.partner_id, "coupon", row.coupon_id},
                               coupon_leak(row),
                               fmt::format(R"({{"orders":{},"without_click":{},"from_listed":{}}})",
                                           row.orders, row.without_click, row.from_listed),
                               at(30), at(0));
    for (const auto& row : co_await tx.all(kRecords, at(90), at(0), at(30)))
      co_await patterns.signal(
          RiskKind::odd_partner, {row.partner_id, "partner", row.partner_id.uuid()}, odd_partner(row),
          fmt::format(
              R"({{"payments":{},"refunded":{},"disputed":{},"payments_of_others":{},"refunded_of_others":{}}})",
              row.payments, row.refunded, row.disputed, row.payments_of_others, row.refunded_of_others),
          at(90), at(0));
    for (const auto& row : co_await tx.all(kSharedAccounts, at(30)))
      co_await patterns.signal(RiskKind::shared_account, {row.partner_id, "partner", row.partner_id.uuid()},
                               80, fmt::format(R"({{"partners":{}}})", row.partners), at(90), at(0));
    forget_old_traces(tx);
  }
}

}  // namespace tandem::earnings
