#include "attribution/leads.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "attribution/api.hpp"
#include "attribution/click.hpp"
#include "attribution/collect_leads.hpp"
#include "attribution/rules.hpp"
#include "customers/api.hpp"
#include "events/event.hpp"
#include "partners/api.hpp"

namespace tandem::attribution {
namespace {

using Texts = std::vector<std::string>;
using OptionalTexts = std::vector<std::optional<std::string>>;

struct KnownRow {
  LeadId id;
  customers::ContactId contact_id;
  std::optional<std::string> external_id;
  LeadSource source{};
};
BOOST_DESCRIBE_STRUCT(KnownRow, (), (id, contact_id, external_id, source))
const db::Query<KnownRow(std::vector<customers::ContactId>, Texts)> kKnownLeads{"attribution.known_leads",
                                                                                R"sql(
  select id, contact_id, external_id, source
  from app.leads
  where organization_id = $1 and contact_id = any($2)
  union
  select id, contact_id, external_id, source
  from app.leads
  where organization_id = $1 and external_id = any($3)
)sql"};

struct TouchRow {
  std::string key;  // the visitor, or the click
  bool of_click;
  VisitId id;
  PartnerId partner_id;
  LinkId link_id;
  Timestamp at;
  bool is_seen = true;
};
BOOST_DESCRIBE_STRUCT(TouchRow, (), (key, of_click, id, partner_id, link_id, at, is_seen))
// Of visitors ($2) the counted visits; of click ids ($3) the click's visit and what else the redirect saw of
// that visitor. A click of the redirect whose page nobody saw counts unless its site does not tell of
// landings: its link's host told of some within the day before it.
const db::Query<TouchRow(Texts, std::vector<VisitId>)> kTouches{"attribution.touches", R"sql(
  select u.key, u.click_id is not null as of_click, v.id, v.partner_id, v.link_id, v.at,
    v.source <> 'redirect'
      or exists (select 1 from app.landings s where s.organization_id = $1 and s.visit_id = v.id)
      or not exists (
        select 1
        from app.links l
        join app.organizations o on o.organization_id = $1
        join app.landings h on h.organization_id = $1 and h.host = l.host and h.at <= v.at
          and h.at > v.at - interval '1 day'
        where l.organization_id = $1 and l.id = v.link_id
          and coalesce((o.settings ->> 'clicks_need_landing')::boolean, true)) as is_seen
  from (
    select n.visitor_id as key, n.visitor_id, null::uuid as click_id
    from unnest($2::text[]) as n(visitor_id)
    union all
    select c.id::text, c.visitor_id, c.id
    from app.visits c
    where c.organization_id = $1 and c.id = any($3) and c.status in ('counted', 'duplicate')) u
  cross join lateral (
    (select id, partner_id, link_id, at, source
     from app.visits
     where organization_id = $1 and visitor_id = u.visitor_id and status = 'counted'
     order by at desc
     limit 50)
    union all
    select id, partner_id, link_id, at, source
    from app.visits
    where organization_id = $1 and id = u.click_id and status = 'duplicate') v
)sql"};
struct CodeRow {
  std::string key;
  PartnerId partner_id;
  Uuid id;
};
BOOST_DESCRIBE_STRUCT(CodeRow, (), (key, partner_id, id))
const db::Query<CodeRow(Texts)> kActiveCoupons{"attribution.active_coupons_by_code", R"sql(
  select code_normalised as key, partner_id, id
  from app.coupons
  where organization_id = $1 and code_normalised = any($2) and state = 'active'
)sql"};
const db::Query<CodeRow(Texts)> kActiveLinks{"attribution.active_links_by_code", R"sql(
  select code as key, partner_id, id
  from app.links
  where organization_id = $1 and code = any($2) and state = 'active'
)sql"};
struct PartnerRow {
  PartnerId id;
  bool active;
};
BOOST_DESCRIBE_STRUCT(PartnerRow, (), (id, active))
const db::Query<PartnerRow(std::vector<PartnerId>)> kPartnersActive{"attribution.partners_active", R"sql(
  select id, status = 'active' as active
  from app.partners
  where organization_id = $1 and id = any($2)
)sql"};

struct IdRow {
  LeadId id;
};
BOOST_DESCRIBE_STRUCT(IdRow, (), (id))
const db::Query<IdRow(std::vector<LeadId>, std::vector<customers::ContactId>,
                      std::vector<std::optional<PartnerId>>, std::vector<std::optional<LinkId>>,
                      std::vector<std::optional<CouponId>>, OptionalTexts, OptionalTexts, Texts,
                      std::vector<JsonObject>, std::vector<Timestamp>)>
    kInsertLeads{"attribution.insert_leads", R"sql(
  insert into app.leads (organization_id, id, contact_id, partner_id, link_id, coupon_id, visitor_id, external_id,
    source, trace, occurred_at)
  select $1, u.id, u.contact_id, u.partner_id, u.link_id, u.coupon_id, u.visitor_id, u.external_id, u.source, u.trace,
    u.occurred_at
  from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[],
    $10::jsonb[], $11::timestamptz[])
    as u(id, contact_id, partner_id, link_id, coupon_id, visitor_id, external_id, source, trace, occurred_at)
  on conflict do nothing
  returning id
)sql"};
const db::Query<db::Nothing(std::vector<LeadId>, std::vector<std::int32_t>, std::vector<PartnerId>,
                            std::vector<std::optional<LinkId>>, std::vector<std::optional<CouponId>>,
                            std::vector<std::int64_t>)>
    kInsertShares{"attribution.insert_lead_attributions", R"sql(
  insert into app.lead_attributions (organization_id, lead_id, position, partner_id, link_id, coupon_id, weight)
  select $1, u.lead_id, u.position, u.partner_id, u.link_id, u.coupon_id, u.weight
  from unnest($2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::uuid[], $7::bigint[])
    as u(lead_id, position, partner_id, link_id, coupon_id, weight)
  returning 1
)sql"};
const db::Query<db::Nothing(LeadId, std::string)> kNameLead{"attribution.set_lead_external_id", R"sql(
  update app.leads set external_id = $3
  where organization_id = $1 and id = $2 and external_id is null
    and not exists (select 1 from app.leads o where o.organization_id = $1 and o.external_id = $3)
)sql"};
const db::Query<db::Nothing(LeadId)> kUnnameLead{"attribution.clear_lead_external_id", R"sql(
  update app.leads set external_id = null where organization_id = $1 and id = $2 and source = 'script'
)sql"};
const db::Query<db::Nothing(std::string, std::string, LeadId)> kInsertAlias{"attribution.insert_lead_alias",
                                                                            R"sql(
  insert into app.lead_aliases (organization_id, provider, external_id, lead_id)
  values ($1, $2, $3, $4)
  on conflict do nothing
)sql"};

// ------------------------------------------------------------------ what might have brought a batch of leads

struct Touches {
  std::unordered_multimap<std::string, TouchRow> by_visitor, by_click;
  std::unordered_map<std::string, CodeRow> coupons, links;
  std::map<PartnerId, bool> active;
  std::vector<partners::Term> terms;
};

Task<Touches> gather(db::Tx& tx, const std::vector<const LeadFacts*>& leads) {
  Texts visitors, coupon_codes, link_codes;
  std::vector<VisitId> clicks;
  std::set<PartnerId> partner_ids;
  for (const auto* lead : leads) {
    if (lead->visitor_id) visitors.push_back(*lead->visitor_id);
    if (lead->click_visit_id) clicks.push_back(*lead->click_visit_id);
    if (lead->coupon_code) coupon_codes.push_back(*lead->coupon_code);
    if (lead->link_code) link_codes.push_back(*lead->link_code);
    if (lead->partner_id) partner_ids.insert(*lead->partner_id);
  }
  Touches out;
  const auto [visits, coupons, links] =
      co_await tx.together(db::call(kTouches, visitors, clicks), db::call(kActiveCoupons, coupon_codes),
                           db::call(kActiveLinks, link_codes));
  for (const auto& row : visits) {
    (row.of_click ? out.by_click : out.by_visitor).emplace(row.key, row);
    partner_ids.insert(row.partner_id);
  }
  for (const auto& row : coupons) out.coupons.emplace(row.key, row), partner_ids.insert(row.partner_id);
  for (const auto& row : links) out.links.emplace(row.key, row), partner_ids.insert(row.partner_id);
  if (partner_ids.empty()) co_return out;
  const std::vector<PartnerId> ids(partner_ids.begin(), partner_ids.end());
  for (const auto& row : co_await tx.all(kPartnersActive, ids)) out.active[row.id] = row.active;
  out.terms = co_await partners::all_terms(tx, ids);
  co_return out;
}

/// Adds what the partner's deal in force says of windows and models.
Candidate with_deal(Candidate candidate, const Touches& touches, Timestamp lead_at) {
  const auto active = touches.active.find(candidate.partner_id);
  candidate.partner_is_active = active != touches.active.end() && active->second;
  auto terms = partners::in_force(touches.terms, candidate.partner_id, lead_at);
  // An override earns of the touches of others.
  std::erase_if(terms, [](const auto* term) { return term->kind == partners::TermKind::override_; });
  candidate.has_deal = !terms.empty();
  if (candidate.has_deal) {
    candidate.window_days = terms.front()->window_days;
    candidate.model = terms.front()->model;
    candidate.coupon_wins = terms.front()->coupon_wins;
    candidate.deal_version_id = terms.front()->deal_version_id;
  }
  return candidate;
}

std::vector<Candidate> candidates_of(const LeadFacts& lead, const Touches& touches) {
  std::vector<Candidate> out;
  std::set<VisitId> seen;
  const auto add_visit = [&](const TouchRow& row, Candidate::Kind kind) {
    if (!seen.insert(row.id).second) return;
    Candidate c;
    c.kind = kind;
    c.partner_id = row.partner_id;
    c.link_id = row.link_id;
    c.visit_id = row.id;
    c.at = row.at;
    c.is_seen = row.is_seen;
    out.push_back(with_deal(std::move(c), touches, lead.occurred_at));
  };
  if (lead.click_visit_id) {
    const auto [first, last] = touches.by_click.equal_range(lead.click_visit_id->str());
    for (auto it = first; it != last; ++it)
      add_visit(it->second,
                it->second.id == *lead.click_visit_id ? Candidate::Kind::click : Candidate::Kind::visit);
  }
  if (lead.visitor_id) {
    const auto [first, last] = touches.by_visitor.equal_range(*lead.visitor_id);
    for (auto it = first; it != last; ++it) add_visit(it->second, Candidate::Kind::visit);
  }
  const auto add_code = [&](const CodeRow& row, Candidate::Kind kind) {
    Candidate c;
    c.kind = kind;
    c.partner_id = row.partner_id;
    if (kind == Candidate::Kind::coupon)
      c.coupon_id = CouponId{row.id};
    else
      c.link_id = LinkId{row.id};
    c.at = lead.occurred_at;
    out.push_back(with_deal(std::move(c), touches, lead.occurred_at));
  };
  if (lead.coupon_code)
    if (const auto it = touches.coupons.find(*lead.coupon_code); it != touches.coupons.end())
      add_code(it->second, Candidate::Kind::coupon);
  if (lead.link_code)
    if (const auto it = touches.links.find(*lead.link_code); it != touches.links.end())
      add_code(it->second, Candidate::Kind::partner);
  if (lead.partner_id) {
    Candidate c;
    c.kind = Candidate::Kind::partner;
    c.partner_id = *lead.partner_id;
    c.at = lead.occurred_at;
    out.push_back(with_deal(std::move(c), touches, lead.occurred_at));
  }
  return out;
}

// ------------------------------------------------------------------ storing

struct Columns {
  std::vector<std::size_t> fact;
  std::vector<LeadId> id;
  std::vector<customers::ContactId> contact_id;
  std::vector<std::optional<PartnerId>> partner_id;
  std::vector<std::optional<LinkId>> link_id;
  std::vector<std::optional<CouponId>> coupon_id;
  OptionalTexts visitor_id, external_id;
  Texts source;
  std::vector<JsonObject> trace;
  std::vector<Timestamp> occurred_at;
  std::vector<Attribution> decision;
};

void decide(db::Tx& tx, std::size_t index, const LeadFacts& lead, customers::ContactId contact_id,
            const Touches& touches, Columns& c) {
  const auto candidates = candidates_of(lead, touches);
  Attribution decision = attribute(candidates, lead.occurred_at);
  const Share* winner = decision.shares.empty() ? nullptr : &decision.shares.back();
  if (decision.winner)
    for (const auto& share : decision.shares)
      if (share.partner_id == candidates[*decision.winner].partner_id) winner = &share;
  c.fact.push_back(index);
  c.id.push_back(tx.new_id<LeadId>());
  c.contact_id.push_back(contact_id);
  c.partner_id.push_back(winner ? std::optional(winner->partner_id) : std::nullopt);
  c.link_id.push_back(winner ? winner->link_id : std::nullopt);
  c.coupon_id.push_back(winner ? winner->coupon_id : std::nullopt);
  c.visitor_id.push_back(lead.visitor_id);
  c.external_id.push_back(lead.external_id);
  c.source.emplace_back(json::enum_name(lead.source));
  c.trace.push_back(JsonObject::trusted(trace_json(candidates, decision, lead.occurred_at)));
  c.occurred_at.push_back(lead.occurred_at);
  c.decision.push_back(std::move(decision));
}

void queue_shares(db::Tx& tx, const Columns& c, const std::set<LeadId>& fresh) {
  std::vector<LeadId> lead_id;
  std::vector<std::int32_t> position;
  std::vector<PartnerId> partner_id;
  std::vector<std::optional<LinkId>> link_id;
  std::vector<std::optional<CouponId>> coupon_id;
  std::vector<std::int64_t> weight;
  for (std::size_t k = 0; k < c.id.size(); ++k) {
    if (!fresh.contains(c.id[k])) continue;
    for (std::size_t p = 0; p < c.decision[k].shares.size(); ++p) {
      const Share& share = c.decision[k].shares[p];
      lead_id.push_back(c.id[k]);
      position.push_back(static_cast<std::int32_t>(p));
      partner_id.push_back(share.partner_id);
      link_id.push_back(share.link_id);
      coupon_id.push_back(share.coupon_id);
      weight.push_back(share.weight);
    }
  }
  if (!lead_id.empty()) tx.later(kInsertShares, lead_id, position, partner_id, link_id, coupon_id, weight);
}

/// A deal may pay for leads: then the lead itself is a conversion.
Task<> record_paid_leads(db::Tx& tx, const std::vector<LeadFacts>& facts, const Columns& c,
                         const std::set<LeadId>& fresh, const std::vector<partners::Term>& terms) {
  std::vector<ConversionFacts> conversions;
  for (std::size_t k = 0; k < c.id.size(); ++k) {
    if (!fresh.contains(c.id[k])) continue;
    const partners::Term* paying = nullptr;
    for (const auto& share : c.decision[k].shares)
      for (const auto* term : partners::in_force(terms, share.partner_id, c.occurred_at[k]))
        if (term->trigger == partners::Trigger::lead && term->kind == partners::TermKind::commission)
          paying = term;
    if (paying == nullptr) continue;
    ConversionFacts conversion;
    conversion.source = "lead";
    conversion.external_id = c.id[k].str();
    conversion.kind = ConversionKind::lead;
    conversion.who.lead_id = c.id[k];
    conversion.currency = paying->currency.value_or(Currency{});
    conversion.occurred_at = facts[c.fact[k]].occurred_at;
    conversions.push_back(std::move(conversion));
  }
  if (!conversions.empty()) co_await record_conversions(tx, std::move(conversions));
}

/// The leads that are known already. What a browser says of an external id is a claim that anybody can make:
/// it finds no other contact's lead, and gives way when a server says whose id it is.
struct Known {
  std::map<customers::ContactId, LeadId> by_contact;
  std::map<std::string, KnownRow> by_external_id;

  std::optional<LeadId> find(const LeadFacts& lead, customers::ContactId contact) const {
    if (const KnownRow* named = holder_of(lead);
        named && (named->contact_id == contact || is_believed(lead, *named)))
      return named->id;
    if (const auto it = by_contact.find(contact); it != by_contact.end()) return it->second;
    return std::nullopt;
  }
  /// The lead that has the external id of this one.
  const KnownRow* holder_of(const LeadFacts& lead) const {
    if (!lead.external_id) return nullptr;
    const auto it = by_external_id.find(*lead.external_id);
    return it == by_external_id.end() ? nullptr : &it->second;
  }
  static bool is_believed(const LeadFacts& lead, const KnownRow& named) {
    return lead.source != LeadSource::script && named.source != LeadSource::script;
  }
};

Task<Known> known_leads(db::Tx& tx, const std::vector<LeadFacts>& facts,
                        const std::vector<customers::ContactId>& contacts) {
  Texts external_ids;
  for (const auto& lead : facts)
    if (lead.external_id) external_ids.push_back(*lead.external_id);
  Known known;
  for (const auto& row : co_await tx.all(kKnownLeads, contacts, external_ids)) {
    known.by_contact.emplace(row.contact_id, row.id);
    if (row.external_id) known.by_external_id.emplace(*row.external_id, row);
  }
  co_return known;
}

}  // namespace

Task<std::vector<LeadResult>> create_leads(db::Tx& tx, std::vector<LeadFacts> facts) {
  std::vector<customers::NewContact> new_contacts;
  for (const auto& lead : facts)
    new_contacts.push_back(
        {lead.email, lead.phone, lead.name ? Text<1, 200>::parse(*lead.name) : std::nullopt});
  const auto contacts = co_await customers::upsert_contacts(tx, std::move(new_contacts));
  const Known known = co_await known_leads(tx, facts, contacts);

  std::vector<LeadResult> out(facts.size());
  std::vector<std::size_t> fresh_facts, twins;
  std::vector<const LeadFacts*> fresh_leads;
  std::set<customers::ContactId> contacts_in_batch;
  std::set<std::string> external_ids_in_batch;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    LeadFacts& lead = facts[i];
    const auto id = known.find(lead, contacts[i]);
    if (const KnownRow* holder = known.holder_of(lead); holder && holder->id != id) {
      if (lead.source == LeadSource::script)
        lead.external_id.reset();
      else
        tx.later(kUnnameLead, holder->id);
    }
    if (id) {
      out[i] = {*id, false, false};
      if (lead.external_id) tx.later(kNameLead, *id, *lead.external_id);
      continue;
    }
    const bool twin = !contacts_in_batch.insert(contacts[i]).second ||
                      (lead.external_id && !external_ids_in_batch.insert(*lead.external_id).second);
    if (twin) {
      twins.push_back(i);
      continue;
    }
    fresh_facts.push_back(i);
    fresh_leads.push_back(&lead);
  }
  if (!fresh_facts.empty()) {
    const Touches touches = co_await gather(tx, fresh_leads);
    Columns c;
    for (const auto i : fresh_facts) decide(tx, i, facts[i], contacts[i], touches, c);
    std::set<LeadId> fresh;
    for (const auto& row :
         co_await tx.all(kInsertLeads, c.id, c.contact_id, c.partner_id, c.link_id, c.coupon_id, c.visitor_id,
                         c.external_id, c.source, c.trace, c.occurred_at))
      fresh.insert(row.id);
    std::vector<events::OutboxRow> outbox;
    for (std::size_t k = 0; k < c.id.size(); ++k) {
      if (!fresh.contains(c.id[k])) {
        twins.push_back(c.fact[k]);  // another request created it while we looked
        continue;
      }
      out[c.fact[k]] = {c.id[k], true, c.partner_id[k].has_value()};
      outbox.push_back({"lead.created", c.partner_id[k], c.id[k].uuid(), R"({"state":"new"})"});
    }
    queue_shares(tx, c, fresh);
    events::record(tx, outbox);
    co_await record_paid_leads(tx, facts, c, fresh, touches.terms);
  }
  // By now what they met is there to be found; one that only shared an external id is made after all.
  if (!twins.empty()) {
    std::vector<LeadFacts> again;
    for (const auto i : twins) again.push_back(facts[i]);
    const auto results = co_await create_leads(tx, std::move(again));
    for (std::size_t k = 0; k < twins.size(); ++k) out[twins[k]] = results[k];
  }
  co_return out;
}

void add_lead_alias(db::Tx& tx, const std::string& provider, const std::string& external_id, LeadId lead_id) {
  tx.later(kInsertAlias, provider, external_id, lead_id);
}

}  // namespace tandem::attribution
