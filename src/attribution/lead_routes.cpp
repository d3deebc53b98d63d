// The HTTP side of leads: creation by browsers and servers, lists, one lead with its trace, moves of its
// state.
#include "attribution/click.hpp"
#include "attribution/collect_leads.hpp"
#include "attribution/leads.hpp"

namespace tandem::attribution {
namespace {

using http::Access;
using http::Permission;
using http::Role;

inline constexpr ProblemKind kLeadState{409, "state", "The lead's state does not allow this"};

// The wall keeps contacts from partners: a lead's person is nobody to them.
const db::ListQuery<Lead(std::optional<PartnerId>, std::optional<LeadState>, std::optional<Timestamp>,
                         std::optional<Timestamp>)>
    kListLeads{
        "attribution.list_leads",
        R"sql(
  select l.id, c.email, c.phone, c.name, l.partner_id, l.link_id, l.coupon_id, l.external_id, l.state, l.source,
    l.occurred_at, l.created_at
  from app.leads l
  left join app.contacts c on c.organization_id = l.organization_id and c.id = l.contact_id
  where l.organization_id = $1
    and ($2::uuid is null or l.partner_id = $2)
    and ($3::text is null or l.state = $3)
    and ($4::timestamptz is null or l.occurred_at >= $4)
    and ($5::timestamptz is null or l.occurred_at < $5))sql",
        "l.id",
        {{"created_at", "l.created_at", "timestamptz"}, {"occurred_at", "l.occurred_at", "timestamptz"}}};

const db::Query<LeadDetail(LeadId)> kLead{"attribution.lead", R"sql(
  select l.id, c.email, c.phone, c.name, l.partner_id, l.link_id, l.coupon_id, l.external_id, l.state, l.source,
    l.trace as attribution, l.occurred_at, l.created_at
  from app.leads l
  left join app.contacts c on c.organization_id = l.organization_id and c.id = l.contact_id
  where l.organization_id = $1 and l.id = $2
)sql"};

struct MoveLead {
  LeadState state{};
};
BOOST_DESCRIBE_STRUCT(MoveLead, (), (state))
struct StateRow {
  LeadState state;
};
BOOST_DESCRIBE_STRUCT(StateRow, (), (state))
// The allowed moves: forward through the funnel by hand; converted only by a conversion; any open lead may be
// lost.
const db::Query<StateRow(LeadId, LeadState)> kMoveLead{"attribution.move_lead", R"sql(
  update app.leads set state = $3
  where organization_id = $1 and id = $2
    and (state, $3) in (('new', 'contacted'), ('new', 'qualified'), ('contacted', 'qualified'), ('new', 'lost'),
      ('contacted', 'lost'), ('qualified', 'lost'), ('lost', 'contacted'))
  returning state
)sql"};

/// Reads the request into facts; a click id that does not verify is ignored, as a forged one must be.
LeadFacts to_facts(CreateLead request, LeadSource source, Timestamp now) {
  if (!request.email && !request.phone) throw invalid_field("/email", "required", "an e-mail or a phone");
  LeadFacts facts{.email = request.email,
                  .phone = request.phone,
                  .name = std::nullopt,
                  .external_id = std::nullopt,
                  .visitor_id = std::nullopt,
                  .coupon_code = std::nullopt,
                  .link_code = std::nullopt,
                  .click_visit_id = std::nullopt,
                  .partner_id = std::nullopt,
                  .source = source,
                  .occurred_at = now};
  if (request.name) facts.name = request.name->str();
  if (request.external_id) facts.external_id = request.external_id->str();
  if (request.visitor_id) facts.visitor_id = request.visitor_id->str();
  if (request.coupon) facts.coupon_code = request.coupon->normalised();
  if (request.partner_code) facts.link_code = request.partner_code->normalised();
  if (request.click_id) facts.click_visit_id = verify_click_id(request.click_id->str());
  return facts;
}

/// What fills a field that nobody sees, or a form in less than two seconds, is a program. It is answered like
/// a person, and learns nothing.
bool is_program(const CreateLead& request) {
  constexpr std::int32_t kFastest = 2'000;
  return (request.trap && !request.trap->str().empty()) || (request.form_ms && *request.form_ms < kFastest);
}
const http::Reply<LeadCreated> kNoLead{202, {std::nullopt, false}};

Task<http::Reply<LeadCreated>> create_lead(db::Tx& tx, CreateLead request) {
  if (is_program(request)) co_return kNoLead;
  const auto results = co_await create_leads(tx, {to_facts(std::move(request), LeadSource::api, tx.now())});
  const LeadResult& lead = results.front();
  co_return http::Reply<LeadCreated>{lead.is_new ? 201 : 200, {lead.id, !lead.is_new}};
}

/// From a browser: collected with the others that arrive meanwhile. What it names of partners is not
/// believed: only visits, clicks and coupons count; its external id stands until a server says whose it is.
Task<http::Response> collect_lead(http::Context context, const http::PathArgs&) {
  auto request = json::parse<CreateLead>(context.request.body);
  if (is_program(request)) co_return http::detail::render(kNoLead, false);
  request.partner_code.reset();
  const LeadResult lead = co_await collect(context.pool, context.principal.scope.organization_id,
                                           to_facts(std::move(request), LeadSource::script, Clock::now()));
  co_return http::detail::render(http::Reply<LeadCreated>{lead.is_new ? 201 : 200, {lead.id, !lead.is_new}},
                                 false);
}

Task<Page<Lead>> list_leads(db::Tx& tx, ListLeads query) {
  const char* usual = query.from || query.to ? "-occurred_at" : "-created_at";  // the span's index
  const auto partner_id = tx.scope().partner_id ? tx.scope().partner_id : query.partner_id;
  co_return co_await tx.page(kListLeads, query.sort ? query.sort->str() : usual, query.cursor,
                             query.limit.value_or(PageLimit{}), partner_id, query.state, query.from,
                             query.to);
}

Task<LeadDetail> get_lead(db::Tx& tx, LeadId id) {
  auto lead = co_await tx.maybe(kLead, id);
  if (!lead) throw Problem(kNotFound);
  // The trace names the touches of others; a partner asks /api/explain/lead for its own part of it.
  if (tx.scope().partner_id) lead->attribution = {};
  co_return *std::move(lead);
}

Task<LeadDetail> move_lead(db::Tx& tx, LeadId id, MoveLead request) {
  if (!co_await tx.maybe(kMoveLead, id, request.state)) {
    const auto lead = co_await get_lead(tx, id);
    throw Problem(kLeadState, fmt::format("a lead that is {} cannot become {}", json::enum_name(lead.state),
                                          json::enum_name(request.state)));
  }
  co_return co_await get_lead(tx, id);
}

}  // namespace

void declare_leads(http::Routes& routes) {
  routes.tag("Leads");
  routes.post("/api/leads", create_lead)
      .says("Create a lead")
      .explains(
          "From a server with a staff API key, or from a browser with a site key (then no Idempotency-Key is "
          "needed: the contact itself says that it is the same). A contact that is a lead already, by its e-mail or "
          "else by its phone, answers 200 with the same lead_id. The attribution is decided once and frozen. What filled `trap`, a field that people "
          "do not see, or a form in less than two seconds (`form_ms`) answers 202 and makes no lead.")
      .allow(Access::site)
      .needs(Permission::leads_manage)
      .as(Role::money)
      .also_answers(200)
      .also_answers(202)
      .collected(collect_lead);
  routes.get("/api/leads", list_leads)
      .says("List leads; a partner its own, without their people")
      .allow(Access::partner)
      .needs(Permission::leads_read)
      .as(Role::read);
  routes.get("/api/leads/{lead_id}", get_lead)
      .says("Get a lead with its attribution; a partner its own, without its person and trace")
      .allow(Access::partner)
      .needs(Permission::leads_read)
      .as(Role::read);
  routes.post("/api/leads/{lead_id}/state", move_lead)
      .says("Move a lead to another state")
      .allow(Access::staff)
      .needs(Permission::leads_manage)
      .as(Role::write)
      .answers(200)
      .refuses({&kLeadState});
}

}  // namespace tandem::attribution
