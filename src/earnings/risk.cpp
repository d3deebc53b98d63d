#include "earnings/risk.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "earnings/partner_traces.hpp"

namespace tandem::earnings {

namespace {

using attribution::ConversionId;
using attribution::LeadId;

struct RiskRule {
  RiskKind kind{};
  RiskAction action{};
};
BOOST_DESCRIBE_STRUCT(RiskRule, (), (kind, action))
struct RiskRules {
  std::vector<RiskRule> rules;
};
BOOST_DESCRIBE_STRUCT(RiskRules, (), (rules))
struct SetRiskRules {
  std::vector<RiskRule> rules;  // each kind at most once; what is not named stays as it is
};
BOOST_DESCRIBE_STRUCT(SetRiskRules, (), (rules))

const db::Query<RiskRule()> kRules{"earnings.risk_rules", R"sql(
  select kind, action from app.risk_rules where organization_id = $1
)sql"};
const db::Query<db::Nothing(std::vector<RiskKind>, std::vector<RiskAction>)> kSetRules{
    "earnings.set_risk_rules", R"sql(
  insert into app.risk_rules as r (organization_id, kind, action)
  select $1, u.kind, u.action from unnest($2::text[], $3::text[]) as u(kind, action)
  on conflict (organization_id, kind) do update set action = excluded.action
)sql"};

const db::Query<db::Nothing(std::vector<RiskSignalId>, std::vector<PartnerId>, std::vector<RiskKind>,
                            std::vector<std::string>, std::vector<Uuid>,
                            std::vector<std::optional<std::string>>, std::vector<std::int32_t>,
                            std::vector<JsonObject>, std::vector<RiskAction>)>
    kInsertSignals{"earnings.insert_risk_signals", R"sql(
  insert into app.risk_signals (organization_id, id, partner_id, kind, subject_kind, subject_id, period, score,
    evidence, action)
  select $1, u.id, u.partner_id, u.kind, u.subject_kind, u.subject_id, u.period, u.score, u.evidence, u.action
  from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::int[], $9::jsonb[],
    $10::text[]) as u(id, partner_id, kind, subject_kind, subject_id, period, score, evidence, action)
  returning 1
)sql"};
const db::Query<db::Nothing(std::vector<Uuid>, std::vector<EarningId>, std::vector<PartnerId>,
                            std::vector<RiskSignalId>, ActorId, Timestamp)>
    kInsertHolds{"earnings.insert_risk_holds", R"sql(
  insert into app.earning_holds (organization_id, id, earning_id, partner_id, risk_signal_id, reason, placed_by,
    placed_at)
  select $1, u.id, u.earning_id, u.partner_id, u.risk_signal_id, 'risk', $6, $7
  from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[]) as u(id, earning_id, partner_id, risk_signal_id)
  returning 1
)sql"};

struct FoundRow {
  ConversionId conversion_id;
  PartnerId partner_id;
  RiskKind kind{};
  std::int32_t score = 0;
  JsonObject evidence;
};
BOOST_DESCRIBE_STRUCT(FoundRow, (), (conversion_id, partner_id, kind, score, evidence))
// An address without what its mailbox does not read: what follows a plus. The same contact's own lead is no
// duplicate; another address of its mailbox, known before, is. Its search is a range of the index of
// addresses.
const db::Query<FoundRow(std::vector<ConversionId>, std::vector<PartnerId>, std::vector<LeadId>,
                         std::vector<attribution::ConversionKind>, std::vector<Timestamp>)>
    kFind{"earnings.risks_of_conversions", R"sql(
  with asked as (
    select u.conversion_id, u.partner_id, u.kind = 'lead' as is_lead, u.at, l.id as lead_id, l.visitor_id,
      c.id as contact_id, c.phone,
      split_part(split_part(c.email_normalised, '@', 1), '+', 1) as box, split_part(c.email_normalised, '@', 2) as host
    from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[])
      as u(conversion_id, partner_id, lead_id, kind, at)
    join app.leads l on l.organization_id = $1 and l.id = u.lead_id
    join app.contacts c on c.organization_id = $1 and c.id = l.contact_id)
  select a.conversion_id, a.partner_id, 'self_referral' as kind, case when m.by = 'phone' then 90 else 100 end as score,
    jsonb_build_object('by', m.by, 'contact_id', a.contact_id) as evidence
  from asked a
  cross join lateral (
    select o.by
    from (
      select 'email' as by, lower(p.contact_email) as email, null::text as phone
      from app.partners p
      where p.organization_id = $1 and p.id = a.partner_id
      union all
      select 'phone' as by, null as email, p.contact_phone as phone
      from app.partners p
      where p.organization_id = $1 and p.id = a.partner_id
      union all
      select 'member_email' as by, lower(w.email) as email, null as phone
      from app.memberships w
      where w.organization_id = $1 and w.partner_id = a.partner_id) o
    where o.phone = a.phone
      or (split_part(split_part(o.email, '@', 1), '+', 1) = a.box and split_part(o.email, '@', 2) = a.host)
    order by o.by
    limit 1) m
  union all
  select a.conversion_id, a.partner_id, 'cookie_stuffing' as kind, 80 as score,
    jsonb_build_object('visit_id', v.id, 'milliseconds', (extract(epoch from a.at - v.at) * 1000)::int) as evidence
  from asked a
  cross join lateral (
    select v.id, v.at
    from app.visits v
    where v.organization_id = $1 and v.visitor_id = a.visitor_id and v.status = 'counted'
      and v.partner_id = a.partner_id and v.at <= a.at and v.at > a.at - interval '2 seconds'
    order by v.at desc
    limit 1) v
  where not a.is_lead
  union all
  select a.conversion_id, a.partner_id, 'duplicate_lead' as kind, 80 as score,
    jsonb_build_object('lead_id', d.id) as evidence
  from asked a
  cross join lateral (
    select l.id
    from app.contacts c
    join app.leads l on l.organization_id = $1 and l.contact_id = c.id
    where c.organization_id = $1 and c.id <> a.contact_id
      and (c.email_normalised = a.box || '@' || a.host
        or (c.email_normalised >= a.box || '+' and c.email_normalised < a.box || ','
          and split_part(c.email_normalised, '@', 2) = a.host))
      and l.id < a.lead_id
    order by l.id
    limit 1) d
  where a.is_lead
)sql"};

/// A conversion has one signal of self-referral: the surest that was seen.
void add_match(std::vector<FoundRow>& found, const TraceMatch& match) {
  FoundRow row{match.conversion_id, match.partner_id, RiskKind::self_referral,
               match.kind == TraceKind::address ? 60 : 95,
               JsonObject::trusted(fmt::format(R"({{"by": "{}"}})", json::enum_name(match.kind)))};
  const auto known = std::ranges::find_if(found, [&](const FoundRow& other) {
    return other.kind == row.kind && other.conversion_id == row.conversion_id &&
           other.partner_id == row.partner_id;
  });
  if (known == found.end())
    found.push_back(std::move(row));
  else if (known->score < row.score)
    *known = std::move(row);
}

template <class T>
std::vector<T> column(const std::vector<NewRiskSignal>& rows, T NewRiskSignal::* member) {
  std::vector<T> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(row.*member);
  return out;
}

RiskActions merged(const std::vector<RiskRule>& rows) {
  using enum RiskKind;
  RiskActions out{{self_referral, RiskAction::hold},  {cookie_stuffing, RiskAction::hold},
                  {duplicate_lead, RiskAction::hold}, {click_flooding, RiskAction::hold},
                  {bot_rate, RiskAction::signal},     {coupon_leak, RiskAction::signal},
                  {odd_partner, RiskAction::hold},    {shared_account, RiskAction::hold}};
  for (const auto& row : rows) out[row.kind] = row.action;
  return out;
}

Task<RiskRules> get_rules(db::Tx& tx) {
  RiskRules out;
  for (const auto& [kind, action] : co_await risk_actions(tx)) out.rules.push_back({kind, action});
  co_return out;
}

Task<RiskRules> set_rules(db::Tx& tx, SetRiskRules request) {
  std::vector<RiskKind> kinds;
  std::vector<RiskAction> actions;
  std::set<RiskKind> seen;
  for (std::size_t i = 0; i < request.rules.size(); ++i) {
    if (!seen.insert(request.rules[i].kind).second)
      throw invalid_field(fmt::format("/rules/{}/kind", i), "out_of_range", "each kind once");
    kinds.push_back(request.rules[i].kind);
    actions.push_back(request.rules[i].action);
  }
  tx.later(kSetRules, kinds, actions);
  co_return co_await get_rules(tx);
}

}  // namespace

Task<RiskActions> risk_actions(db::Tx& tx) { co_return merged(co_await tx.all(kRules)); }

void store_signals(db::Tx& tx, const std::vector<NewRiskSignal>& rows) {
  if (rows.empty()) return;
  using S = NewRiskSignal;
  tx.later(kInsertSignals, column<RiskSignalId>(rows, &S::id), column<PartnerId>(rows, &S::partner_id),
           column<RiskKind>(rows, &S::kind), column<std::string>(rows, &S::subject_kind),
           column<Uuid>(rows, &S::subject_id), column<std::optional<std::string>>(rows, &S::period),
           column<std::int32_t>(rows, &S::score), column<JsonObject>(rows, &S::evidence),
           column<RiskAction>(rows, &S::action));
}

Task<> ConversionRisks::look(db::Tx& tx, const std::vector<attribution::RecordedConversion>& conversions) {
  std::vector<ConversionId> ids;
  std::vector<PartnerId> partners;
  std::vector<LeadId> leads;
  std::vector<attribution::ConversionKind> kinds;
  std::vector<Timestamp> at;
  for (const auto& conversion : conversions) {
    if (!conversion.lead_id) continue;
    std::set<PartnerId> seen;
    for (const auto& share : conversion.shares) {
      if (!seen.insert(share.partner_id).second) continue;
      ids.push_back(conversion.id);
      partners.push_back(share.partner_id);
      leads.push_back(*conversion.lead_id);
      kinds.push_back(conversion.kind);
      at.push_back(conversion.occurred_at);
    }
  }
  if (ids.empty()) co_return;
  auto [found, rules, touches, traces] =
      co_await tx.together(db::call(kFind, ids, partners, leads, kinds, at), db::call(kRules),
                           touches_of(ids, partners, leads), traces_of(partners));
  const auto actions = merged(rules);
  for (const auto& match : matches(tx.scope().organization_id, touches, traces)) add_match(found, match);
  for (const auto& row : found) {
    const auto action = actions.at(row.kind);
    if (action == RiskAction::off) continue;
    signals_.push_back({tx.new_id<RiskSignalId>(), row.partner_id, row.kind, "conversion",
                        row.conversion_id.uuid(), std::nullopt, row.score, row.evidence,
                        action == RiskAction::signal ? action : RiskAction::hold});
  }
}

std::vector<RiskSignalId> ConversionRisks::holding(ConversionId conversion_id, PartnerId partner_id) const {
  std::vector<RiskSignalId> out;
  for (const auto& signal : signals_)
    if (signal.action == RiskAction::hold && signal.subject_id == conversion_id.uuid() &&
        signal.partner_id == partner_id)
      out.push_back(signal.id);
  return out;
}

void ConversionRisks::hold(EarningId id, PartnerId partner_id, const std::vector<RiskSignalId>& signals) {
  for (const auto& signal : signals) {
    held_.push_back(id);
    partners_.push_back(partner_id);
    by_.push_back(signal);
  }
}

void ConversionRisks::store_holds(db::Tx& tx) const {
  if (held_.empty()) return;
  std::vector<Uuid> ids(held_.size());
  for (auto& id : ids) id = new_uuid();
  tx.later(kInsertHolds, ids, held_, partners_, by_, tx.scope().actor_id, tx.now());
}

void declare_risk_rules(http::Routes& routes) {
  routes.tag("Risk");
  routes.get("/api/risk-rules", get_rules)
      .says("What each rule of risk does")
      .allow(http::Access::staff)
      .needs(http::Permission::settings_read)
      .as(db::Role::read);
  routes.patch("/api/risk-rules", set_rules)
      .says("Set what rules of risk do: nothing, tell, hold what was earned, or pause the partner, too")
      .allow(http::Access::staff)
      .needs(http::Permission::settings_manage)
      .as(db::Role::write);
}

}  // namespace tandem::earnings
