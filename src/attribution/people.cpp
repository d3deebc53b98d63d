// What leads and what they bought have to do when people are merged, exported or erased.
#include "attribution/inbound.hpp"
#include "attribution/module.hpp"
#include "customers/api.hpp"
#include "customers/events.hpp"
#include "events/event.hpp"

namespace tandem::attribution {

namespace {

using customers::ContactId;

// A contact has one lead: where both had one, each keeps its own history.
const db::Query<db::Nothing(ContactId, ContactId)> kMoveLead{"attribution.move_lead_to_contact", R"sql(
  update app.leads as l set contact_id = $2
  where l.organization_id = $1 and l.contact_id = $3
    and not exists (select 1 from app.leads o where o.organization_id = $1 and o.contact_id = $2)
)sql"};

struct VisitorSlot {
  std::string visitor_id;
  std::int64_t slot = 0;
};
BOOST_DESCRIBE_STRUCT(VisitorSlot, (), (visitor_id, slot))
// A visit that is counted is found by its visitor; its repeats are of the same half hours.
const db::Query<VisitorSlot(ContactId)> kVisitorSlots{"attribution.slots_of_erased_visitor", R"sql(
  select distinct v.visitor_id, v.slot
  from app.contacts c
  join app.leads l on l.organization_id = c.organization_id and l.contact_id = c.id
  join app.visits v on v.organization_id = l.organization_id and v.visitor_id = l.visitor_id and v.status = 'counted'
  where c.organization_id = $1 and (c.id = $2 or c.merged_into = $2)
)sql"};
const db::Query<db::Nothing(std::vector<std::string>, std::vector<std::int64_t>)> kBlankVisits{
    "attribution.blank_visits", R"sql(
  update app.visits as v set landing_url = null, referrer = null, user_agent = null, ip = null
  from unnest($2::text[], $3::bigint[]) as s(visitor_id, slot)
  where v.organization_id = $1 and v.visitor_id = s.visitor_id
    and v.at >= to_timestamp(s.slot * 1800) and v.at < to_timestamp((s.slot + 1) * 1800)
)sql"};

const db::Query<db::Nothing(ContactId)> kPartFromVisits{"attribution.part_lead_from_visits", R"sql(
  update app.leads as l set visitor_id = null
  where l.organization_id = $1 and l.contact_id in (
    select c.id from app.contacts c where c.organization_id = $1 and (c.id = $2 or c.merged_into = $2))
)sql"};

const db::Query<db::Nothing(ContactId)> kBlankConversions{"attribution.blank_conversions", R"sql(
  update app.conversions as v set metadata = '{}'
  where v.organization_id = $1 and v.metadata <> '{}' and v.lead_id in (
    select l.id from app.leads l
    join app.contacts c on c.organization_id = l.organization_id and c.id = l.contact_id
    where c.organization_id = $1 and (c.id = $2 or c.merged_into = $2))
)sql"};

const db::Query<db::PersonalRow(ContactId)> kLeadData{"attribution.lead_data", R"sql(
  select jsonb_build_object('id', l.id, 'partner_id', l.partner_id, 'visitor_id', l.visitor_id, 'external_id',
    l.external_id, 'state', l.state, 'source', l.source, 'occurred_at', l.occurred_at) as data
  from app.leads l
  join app.contacts c on c.organization_id = l.organization_id and c.id = l.contact_id
  where l.organization_id = $1 and (c.id = $2 or c.merged_into = $2)
  order by l.occurred_at, l.id
)sql"};

const db::Query<db::PersonalRow(ContactId)> kConversionData{"attribution.conversion_data", R"sql(
  select jsonb_build_object('id', v.id, 'kind', v.kind, 'external_id', v.external_id, 'amount', v.amount, 'currency',
    v.currency, 'product', v.product, 'plan', v.plan, 'country', v.country, 'metadata', v.metadata, 'occurred_at',
    v.occurred_at) as data
  from app.leads l
  join app.contacts c on c.organization_id = l.organization_id and c.id = l.contact_id
  join app.conversions v on v.organization_id = l.organization_id and v.lead_id = l.id
  where l.organization_id = $1 and (c.id = $2 or c.merged_into = $2)
  order by v.occurred_at, v.id
  limit 10000
)sql"};

const db::Query<db::PersonalRow(ContactId)> kVisitData{"attribution.visit_data", R"sql(
  select jsonb_build_object('id', v.id, 'partner_id', v.partner_id, 'link_id', v.link_id, 'at', v.at, 'landing_url',
    v.landing_url, 'referrer', v.referrer, 'user_agent', v.user_agent, 'ip', host(v.ip)) as data
  from app.leads l
  join app.contacts c on c.organization_id = l.organization_id and c.id = l.contact_id
  join app.visits v on v.organization_id = l.organization_id and v.visitor_id = l.visitor_id
  where l.organization_id = $1 and (c.id = $2 or c.merged_into = $2)
  order by v.id
  limit 10000
)sql"};

Task<> on_merged(db::Tx& tx, const customers::ContactsMerged& merged) {
  tx.later(kMoveLead, merged.contact, merged.duplicate);
  co_return;
}

Task<> on_erased(db::Tx& tx, const customers::ContactErased& erased) {
  std::vector<std::string> visitors;
  std::vector<std::int64_t> slots;
  for (auto& row : co_await tx.all(kVisitorSlots, erased.contact)) {
    visitors.push_back(std::move(row.visitor_id));
    slots.push_back(row.slot);
  }
  if (!slots.empty()) tx.later(kBlankVisits, visitors, slots);
  tx.later(kBlankConversions, erased.contact);
  erase_inbound_later(tx, erased.contact);
  tx.later(kPartFromVisits, erased.contact);
}

}  // namespace

void listen() {
  auto& bus = events::Bus::instance();
  bus.inside<customers::ContactsMerged>(on_merged);
  bus.inside<customers::ContactErased>(on_erased);
}

void register_personal_data() {
  customers::add_personal_section({"lead", &kLeadData});
  customers::add_personal_section({"conversion", &kConversionData});
  customers::add_personal_section({"visit", &kVisitData});
}

}  // namespace tandem::attribution
