#include "partners/applications.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "crypto/installation.hpp"
#include "crypto/signed_id.hpp"
#include "http/address_limit.hpp"
#include "http/problems.hpp"
#include "identity/api.hpp"
#include "jobs/worker.hpp"
#include "partners/family.hpp"

namespace tandem::partners {

namespace {

using namespace std::chrono_literals;

inline constexpr ProblemKind kApplicationsClosed{409, "applications_closed",
                                                 "The organization takes no applications now"};

constexpr auto kHumanTime = 2s;  // nobody fills the form faster
constexpr auto kFormTime = 24h;  // how long a form that was opened may be sent
constexpr std::string_view kJob = "partners.take_applications";

// ------------------------------------------------------------------ the form

struct ApplicationForm {
  bool is_open = false;
  std::optional<std::string> introduction, criteria;
  std::vector<Question> questions;
  std::optional<std::vector<ApprovalCondition>> approves_when;
};
BOOST_DESCRIBE_STRUCT(ApplicationForm, (), (is_open, introduction, criteria, questions, approves_when))

struct FormRow {
  bool is_open = false;
  std::optional<std::string> introduction, criteria;
  JsonObject questions;                     // a JSON list
  std::optional<JsonObject> approves_when;  // a JSON list
};
BOOST_DESCRIBE_STRUCT(FormRow, (), (is_open, introduction, criteria, questions, approves_when))
const db::Query<FormRow()> kForm{"partners.application_form", R"sql(
  select f.is_open, f.introduction, f.criteria, f.questions, f.approves_when
  from app.application_forms f
  where f.organization_id = $1
)sql"};

const db::Query<db::Nothing(bool, std::optional<Lines<4000>>, std::optional<Lines<4000>>, JsonObject,
                            std::optional<JsonObject>)>
    kWriteForm{"partners.write_application_form", R"sql(
  insert into app.application_forms (organization_id, is_open, introduction, criteria, questions, approves_when)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (organization_id) do update
  set is_open = excluded.is_open, introduction = excluded.introduction, criteria = excluded.criteria,
      questions = excluded.questions, approves_when = excluded.approves_when
)sql"};

Task<ApplicationForm> get_form(db::Tx& tx) {
  ApplicationForm out;
  const auto row = co_await tx.maybe(kForm);
  if (!row) co_return out;
  out.is_open = row->is_open;
  out.introduction = row->introduction;
  out.criteria = row->criteria;
  out.questions = json::parse<std::vector<Question>>(row->questions.str());
  if (row->approves_when)
    out.approves_when = json::parse<std::vector<ApprovalCondition>>(row->approves_when->str());
  co_return out;
}

Task<ApplicationForm> put_form(db::Tx& tx, WriteApplicationForm form) {
  if (auto errors = check_form(form); !errors.empty()) throw Problem(kInvalid, {}, std::move(errors));
  const auto rule = form.approves_when ? std::optional{JsonObject::trusted(json::print(*form.approves_when))}
                                       : std::nullopt;
  tx.later(kWriteForm, form.is_open, form.introduction, form.criteria,
           JsonObject::trusted(json::print(form.questions.value_or(std::vector<Question>{}))), rule);
  co_return co_await get_form(tx);
}

// ------------------------------------------------------------------ what anybody may call

struct PublicForm {
  std::string organization;
  std::optional<std::string> introduction, criteria;
  std::vector<Question> questions;
  std::optional<std::string> sponsor;  // the name of the partner whose invitation is followed
  std::string token;                   // goes back with the application, then asks for its state
};
BOOST_DESCRIBE_STRUCT(PublicForm, (), (organization, introduction, criteria, questions, sponsor, token))

struct OpenForm {
  std::optional<Slug> by;  // the partner whose invitation is followed; an unknown one is passed over
};
BOOST_DESCRIBE_STRUCT(OpenForm, (), (by))

struct ApplicationReceived {
  std::string token;
};
BOOST_DESCRIBE_STRUCT(ApplicationReceived, (), (token))

enum class ApplicationOutcome : int { received, approved, rejected };
BOOST_DESCRIBE_ENUM(ApplicationOutcome, received, approved, rejected)
struct ApplicationStatus {
  ApplicationOutcome state{};
  std::optional<std::string> reason;  // of a rejection
};
BOOST_DESCRIBE_STRUCT(ApplicationStatus, (), (state, reason))

struct OrganizationRow {
  std::string name;
  std::string status;
};
BOOST_DESCRIBE_STRUCT(OrganizationRow, (), (name, status))
const db::Query<OrganizationRow()> kOrganization{"partners.organization_that_is_applied_to", R"sql(
  select o.name, o.status from app.organizations o where o.organization_id = $1 and o.status <> 'cancelled'
)sql"};

const db::Query<db::Nothing(PartnerApplicationId, JsonObject)> kInsertApplication{
    "partners.insert_application", R"sql(
  insert into app.partner_applications (organization_id, id, form) values ($1, $2, $3)
  on conflict (organization_id, id) do nothing
)sql"};

struct OutcomeRow {
  std::optional<PartnerState> state;
  std::optional<std::string> state_reason;
};
BOOST_DESCRIBE_STRUCT(OutcomeRow, (), (state, state_reason))
const db::Query<OutcomeRow(PartnerApplicationId)> kOutcome{"partners.application_outcome", R"sql(
  select p.status as state, p.state_reason
  from app.partner_applications a
  join app.partners p on p.organization_id = a.organization_id and p.id = a.applied_as
  where a.organization_id = $1 and a.id = $2 and a.state = 'taken'
)sql"};

crypto::IdSigner signer() {
  return crypto::IdSigner(crypto::installed_envelope().key_for("partner-application"));
}

/// Runs `work` in a transaction of the organization with this slug; an unknown or cancelled one is not there.
template <class Work>
auto in_organization(http::Context context, Slug slug, db::Role role, Work work)
    -> Task<typename std::invoke_result_t<Work, db::Tx&, OrganizationRow>::value_type> {
  const auto target =
      co_await identity::resolve_code(context.pool, identity::CodeKind::organization, slug.str());
  if (!target) throw Problem(kNotFound);
  const db::Scope scope{target->organization_id, db::ActorKind::system, ActorId{}, std::nullopt};
  using Out = typename std::invoke_result_t<Work, db::Tx&, OrganizationRow>::value_type;
  co_return co_await db::run_tx(context.pool, scope, role, [work](db::Tx& tx) -> Task<Out> {
    const auto organization = co_await tx.maybe(kOrganization);
    if (!organization) throw Problem(kNotFound);
    co_return co_await work(tx, *organization);
  });
}

http::AddressLimit& looked_at_by_address() {
  static http::AddressLimit limit(60, std::chrono::minutes{1});
  return limit;
}

Task<PublicForm> open_form(http::Context context, Slug slug, OpenForm query) {
  looked_at_by_address().enter(context.request.client_ip);
  co_return co_await in_organization(
      context, slug, db::Role::read, [&](db::Tx& tx, OrganizationRow organization) -> Task<PublicForm> {
        auto form = co_await get_form(tx);
        if (!form.is_open || organization.status != "active") throw Problem(kApplicationsClosed);
        std::optional<std::string> sponsor;
        if (query.by) sponsor = co_await sponsor_name(tx, *query.by);
        co_return PublicForm{organization.name,         form.introduction,  form.criteria,
                             std::move(form.questions), std::move(sponsor), signer().sign(new_uuid())};
      });
}

/// A machine fills in a form much more often; an office with one address sends a few.
http::AddressLimit& applications_by_address() {
  static http::AddressLimit limit(10, std::chrono::minutes{10});
  return limit;
}

Task<ApplicationReceived> apply(http::Context context, Slug slug, Apply request) {
  const auto id = signer().verify(request.token.str());
  if (!id) throw invalid_field("/token", "malformed", "the token of the form");
  const std::chrono::milliseconds age{Clock::now().unix_ms() - id->unix_ms()};
  if (age > kFormTime) throw invalid_field("/token", "out_of_range", "open the form again");
  const bool is_machine = age < kHumanTime || (request.fax && !request.fax->str().empty());
  co_await in_organization(
      context, slug, db::Role::write,
      [&](db::Tx& tx, OrganizationRow organization) -> Task<ApplicationReceived> {
        const auto form = co_await get_form(tx);
        if (!form.is_open || organization.status != "active") throw Problem(kApplicationsClosed);
        auto errors = check_answers(form.questions, request.answers.value_or(std::vector<Answer>{}));
        if (!errors.empty()) throw Problem(kInvalid, {}, std::move(errors));
        applications_by_address().enter(context.request.client_ip);  // mistakes are not counted
        if (is_machine) co_return ApplicationReceived{};             // answered like everybody, and forgotten
        tx.later(kInsertApplication, PartnerApplicationId{*id}, JsonObject::trusted(json::print(request)));
        jobs::enqueue_as(tx, jobs::JobId{*id}, kJob, fmt::format(R"({{"application_id":"{}"}})", id->str()));
        co_return ApplicationReceived{};
      });
  jobs::Worker::hint_all();
  co_return ApplicationReceived{request.token.str()};
}

Task<ApplicationStatus> get_status(http::Context context, Slug slug, Code token) {
  const auto id = signer().verify(token.str());
  if (!id) throw Problem(kNotFound);
  co_return co_await in_organization(
      context, slug, db::Role::read, [id](db::Tx& tx, OrganizationRow) -> Task<ApplicationStatus> {
        const auto row = co_await tx.maybe(kOutcome, PartnerApplicationId{*id});
        if (!row || row->state == PartnerState::applied)
          co_return ApplicationStatus{ApplicationOutcome::received, std::nullopt};
        if (row->state == PartnerState::rejected)
          co_return ApplicationStatus{ApplicationOutcome::rejected, row->state_reason};
        co_return ApplicationStatus{ApplicationOutcome::approved, std::nullopt};
      });
}

// ------------------------------------------------------------------ the job

struct WaitingRow {
  PartnerApplicationId id;
  Apply form;
};
BOOST_DESCRIBE_STRUCT(WaitingRow, (), (id, form))
const db::Query<WaitingRow(std::vector<PartnerApplicationId>)> kWaiting{"partners.waiting_applications",
                                                                        R"sql(
  select a.id, a.form
  from app.partner_applications a
  where a.organization_id = $1 and a.id = any ($2) and a.state = 'received'
  order by a.id
  for no key update
)sql"};

struct KnownRow {
  PartnerId id;
};
BOOST_DESCRIBE_STRUCT(KnownRow, (), (id))
// An e-mail is among the words of its partner, which are cut to 64 characters.
const db::Query<KnownRow(std::string)> kKnownEmail{"partners.partner_of_email", R"sql(
  select p.id
  from app.partner_words w
  join app.partners p on p.organization_id = w.organization_id and p.id = w.partner_id
  where w.organization_id = $1 and w.word = left($2, 64) and lower(p.contact_email) = $2
  order by p.id
  limit 1
)sql"};

const db::Query<db::Nothing(PartnerApplicationId, std::string, PartnerId)> kTakeApplication{
    "partners.take_application", R"sql(
  update app.partner_applications as a set state = $3, applied_as = $4
  where a.organization_id = $1 and a.id = $2 and a.state = 'received'
)sql"};

CreatePartner partner_of(const Apply& form) {
  CreatePartner out;
  out.name = form.name;
  out.legal_name = form.legal_name;
  out.kind = form.kind;
  out.tax_id = form.tax_id;
  out.registration_number = form.registration_number;
  out.contact_name = form.contact_name;
  out.contact_email = form.contact_email;
  out.contact_phone = form.contact_phone;
  out.website = form.website;
  out.address = form.address;
  out.country = form.country;
  out.currency = form.currency;
  out.locale = form.locale;
  out.approved = false;
  return out;
}

Task<> take(db::Tx& tx, const WaitingRow& application, const ApplicationForm& form) {
  if (const auto known = co_await tx.maybe(kKnownEmail, application.form.contact_email.normalised())) {
    tx.later(kTakeApplication, application.id, std::string("duplicate"), known->id);
    co_return;
  }
  const Partner partner = co_await create_partner(tx, partner_of(application.form));
  if (application.form.sponsor) co_await bring_in(tx, partner.id, *application.form.sponsor);
  tx.later(kTakeApplication, application.id, std::string("taken"), partner.id);
  identity::record_audit(
      tx, "partner_applied", partner.id.uuid(),
      JsonObject::trusted(fmt::format(R"({{"application_id":"{}"}})", application.id.str())));
  if (!form.approves_when || !is_let_in(*form.approves_when, application.form)) co_return;
  co_await approve_partner(tx, partner.id);
  identity::record_audit(tx, "partner_approved_by_rule", partner.id.uuid(), JsonObject{});
}

Task<> take_applications(db::Tx& tx, std::span<const jobs::Job> batch) {
  std::vector<PartnerApplicationId> ids;
  for (const auto& job : batch) ids.emplace_back(job.id.uuid());
  const auto form = co_await get_form(tx);
  for (const auto& application : co_await tx.all(kWaiting, ids)) co_await take(tx, application, form);
}

// ------------------------------------------------------------------ what staff see

struct PartnerApplication {
  PartnerApplicationId id;
  ApplicationState state{};
  std::optional<PartnerId> partner_id;
  std::string name, contact_email;
  std::vector<Answer> answers;
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(PartnerApplication, (),
                      (id, state, partner_id, name, contact_email, answers, created_at))

struct ListApplications {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<ApplicationState> state;
  std::optional<PartnerId> partner_id;
};
BOOST_DESCRIBE_STRUCT(ListApplications, (), (cursor, limit, state, partner_id))

struct ApplicationRow {
  PartnerApplicationId id;
  ApplicationState state{};
  std::optional<PartnerId> partner_id;
  Apply form;
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(ApplicationRow, (), (id, state, partner_id, form, created_at))
const db::ListQuery<ApplicationRow(std::optional<ApplicationState>, std::optional<PartnerId>)>
    kListApplications{"partners.list_applications",
                      R"sql(
  select a.id, a.state, a.applied_as as partner_id, a.form, a.created_at
  from app.partner_applications a
  where a.organization_id = $1
    and ($2::text is null or a.state = $2)
    and ($3::uuid is null or a.applied_as = $3)
)sql",
                      "a.id",
                      {{"created_at", "a.created_at", "timestamptz"}}};

Task<Page<PartnerApplication>> list_applications(db::Tx& tx, ListApplications query) {
  const auto rows = co_await tx.page(kListApplications, "-created_at", query.cursor,
                                     query.limit.value_or(PageLimit{}), query.state, query.partner_id);
  Page<PartnerApplication> out;
  for (const auto& row : rows.items)
    out.items.push_back({row.id, row.state, row.partner_id, row.form.name.str(), row.form.contact_email.str(),
                         row.form.answers.value_or(std::vector<Answer>{}), row.created_at});
  out.next_cursor = rows.next_cursor;
  co_return out;
}

}  // namespace

jobs::Kind take_applications_job() {
  jobs::Kind kind;
  kind.name = kJob;
  kind.batch_max = 20;
  kind.run = take_applications;
  return kind;
}

void declare_applications(http::Routes& routes) {
  routes.tag("applications");
  routes.get("/api/application-form", get_form)
      .says("Get the form by which partners apply, and the rule that lets them in")
      .allow(http::Access::staff)
      .needs(http::Permission::partners_read)
      .as(db::Role::read);
  routes.put("/api/application-form", put_form)
      .says("Set the form by which partners apply, and the rule that lets them in")
      .explains(
          "With `approves_when` who meets all its conditions becomes active without a person's decision.")
      .allow(http::Access::staff)
      .needs(http::Permission::partners_manage)
      .as(db::Role::write);
  routes.get("/api/partner-applications", list_applications)
      .says("List applications, the latest first")
      .explains(
          "A duplicate came from an e-mail that a partner has already. Approve or reject the partner itself.")
      .allow(http::Access::staff)
      .needs(http::Permission::partners_read)
      .as(db::Role::read);
  routes.get("/api/applications/{organization_slug}", open_form)
      .says("Open an organization's form to apply by")
      .explains(
          "With `by`, the short name of an active partner, that partner's name is told, and nothing else of it.")
      .allow(http::Access::open)
      .refuses({&kApplicationsClosed});
  routes.post("/api/applications/{organization_slug}", apply)
      .says("Apply to be a partner")
      .explains("Answered alike for everybody: whether an e-mail is known is not told. A token is used once.")
      .allow(http::Access::open)
      .answers(202)
      .repeats(http::Repeat::content)
      .body_up_to(64 * 1024)
      .refuses({&kApplicationsClosed});
  routes.get("/api/applications/{organization_slug}/status/{application_token}", get_status)
      .says("What became of an application")
      .allow(http::Access::open);
}

}  // namespace tandem::partners
