#include "payouts/payee_forms.hpp"

#include <array>

#include "crypto/installation.hpp"
#include "events/event.hpp"
#include "identity/api.hpp"
#include "payouts/accounts.hpp"

namespace tandem::payouts {

namespace {

struct PartnerRow {
  PartnerId id;
};
BOOST_DESCRIBE_STRUCT(PartnerRow, (), (id))
const db::Query<PartnerRow(PartnerId)> kPartner{"payouts.partner_of_form", R"sql(
  select p.id from app.partners p where p.organization_id = $1 and p.id = $2
)sql"};

const db::Query<db::Nothing(PayeeFormId, PartnerId, PayeeKind, Text<1, 200>, Country,
                            std::optional<Lines<500>>, std::optional<Day>, TaxForm, std::optional<db::Bytes>,
                            std::optional<std::string>, JsonObject, ActorId, Timestamp)>
    kInsertForm{"payouts.insert_form", R"sql(
  insert into app.payee_forms (organization_id, id, partner_id, kind, legal_name, country, address,
    born_or_registered_on, tax_form, tax_id, tax_id_hint, details, submitted_by, submitted_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
)sql"};

const db::Query<PayeeForm(Day, PayeeFormId)> kForm{"payouts.form", R"sql(
  select f.id, f.partner_id, f.kind, f.legal_name, f.country, f.address, f.born_or_registered_on, f.tax_form,
    f.tax_id_hint, f.details,
    case when f.state = 'approved' and f.expires_on < $2 then 'expired' else f.state end as state,
    f.state_reason, f.expires_on, f.submitted_at, f.decided_at
  from app.payee_forms f
  where f.organization_id = $1 and f.id = $3
)sql"};

const db::ListQuery<PayeeForm(Day, std::optional<PartnerId>, std::optional<FormState>)> kListForms{
    "payouts.list_forms",
    R"sql(
  select f.id, f.partner_id, f.kind, f.legal_name, f.country, f.address, f.born_or_registered_on, f.tax_form,
    f.tax_id_hint, f.details,
    case when f.state = 'approved' and f.expires_on < $2 then 'expired' else f.state end as state,
    f.state_reason, f.expires_on, f.submitted_at, f.decided_at
  from app.payee_forms f
  where f.organization_id = $1
    and ($3::uuid is null or f.partner_id = $3)
    and ($4::text is null
      or case when f.state = 'approved' and f.expires_on < $2 then 'expired' else f.state end = $4)
)sql",
    "f.id",
    {{"submitted_at", "f.submitted_at", "timestamptz"}}};

const db::Query<db::Nothing(PayeeFormId, FormState, std::optional<Text<1, 500>>, std::optional<Day>, ActorId,
                            Timestamp)>
    kDecide{"payouts.decide_form", R"sql(
  update app.payee_forms set state = $3, state_reason = $4, expires_on = $5, decided_by = $6, decided_at = $7
  where organization_id = $1 and id = $2 and state = 'pending' and submitted_by <> $6
)sql"};

struct TaxIdRow {
  std::optional<db::Bytes> tax_id;
};
BOOST_DESCRIBE_STRUCT(TaxIdRow, (), (tax_id))
const db::Query<TaxIdRow(PayeeFormId)> kTaxId{"payouts.tax_id", R"sql(
  select f.tax_id from app.payee_forms f where f.organization_id = $1 and f.id = $2
)sql"};

crypto::Place place_of(const db::Tx& tx, const std::string& row) {
  return {"payee_forms", "tax_id", tx.scope().organization_id, row};
}

Task<Day> today(db::Tx& tx) {
  co_return day_in_zone(tx.now(), (co_await identity::organization_defaults(tx)).time_zone);
}

void record(db::Tx& tx, const PayeeForm& form) {
  events::OutboxRow row{fmt::format("payee_form.{}", json::enum_name(form.state)), form.partner_id,
                        form.id.uuid(), "{}"};
  events::record(tx, std::array{std::move(row)});
}

Task<PayeeForm> get_form(db::Tx& tx, PayeeFormId id) {
  auto found = co_await tx.maybe(kForm, co_await today(tx), id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<PayeeForm> create_form(db::Tx& tx, PartnerId partner_id, CreatePayeeForm request) {
  if (!co_await tx.maybe(kPartner, partner_id)) throw Problem(kNotFound);
  const auto id = tx.new_id<PayeeFormId>();
  const std::string row = id.str();
  std::optional<db::Bytes> sealed;
  std::optional<std::string> hint;
  if (request.tax_id) {
    const std::string& tax_id = request.tax_id->str();
    sealed = db::Bytes{crypto::installed_envelope().seal(place_of(tx, row), tax_id)};
    hint = account_hint(tax_id);
  }
  tx.later(kInsertForm, id, partner_id, request.kind, request.legal_name, request.country, request.address,
           request.born_or_registered_on, request.tax_form, sealed, hint,
           request.details.value_or(JsonObject{}), tx.scope().actor_id, tx.now());
  auto made = co_await get_form(tx, id);
  record(tx, made);
  co_return made;
}

Task<Page<PayeeForm>> list_forms(db::Tx& tx, ListPayeeForms query) {
  const auto partner_id = tx.scope().partner_id ? tx.scope().partner_id : query.partner_id;
  co_return co_await tx.page(kListForms, "-submitted_at", query.cursor, query.limit.value_or(PageLimit{}),
                             co_await today(tx), partner_id, query.state);
}

Task<PayeeForm> decide(db::Tx& tx, PayeeFormId id, FormState to, std::optional<Text<1, 500>> reason,
                       std::optional<Day> expires_on) {
  bool decided = false;
  tx.later_checked(
      kDecide, [&decided](const db::Result& result) { decided = result.affected() == 1; }, id, to, reason,
      expires_on, tx.scope().actor_id, tx.now());
  auto form = co_await get_form(tx, id);
  if (!decided && form.state == FormState::pending) throw Problem(kSamePerson);
  if (!decided)
    throw Problem(kState, fmt::format("The form is {}; a pending one becomes {}.",
                                      json::enum_name(form.state), json::enum_name(to)));
  record(tx, form);
  co_return form;
}

struct ApprovePayeeForm {
  std::optional<Day> expires_on;
};
BOOST_DESCRIBE_STRUCT(ApprovePayeeForm, (), (expires_on))
struct RejectPayeeForm {
  Text<1, 500> reason;  // told to the partner
};
BOOST_DESCRIBE_STRUCT(RejectPayeeForm, (), (reason))

/// A form W-8 is valid to 31 December of the third year after it was signed (its instructions, "Expiration").
std::optional<Day> natural_end(TaxForm form, Day today) {
  if (form != TaxForm::w8ben && form != TaxForm::w8bene) return std::nullopt;
  const std::chrono::year_month_day now{today.days()};
  return Day{std::chrono::sys_days{(now.year() + std::chrono::years{3}) / 12 / 31}};
}

Task<PayeeForm> approve_form(db::Tx& tx, PayeeFormId id, ApprovePayeeForm request) {
  const Day day = co_await today(tx);
  if (request.expires_on && *request.expires_on < day)
    throw invalid_field("/expires_on", "out_of_range", "not in the past");
  const auto form = co_await get_form(tx, id);
  co_return co_await decide(tx, id, FormState::approved, std::nullopt,
                            request.expires_on ? request.expires_on : natural_end(form.tax_form, day));
}

Task<PayeeForm> reject_form(db::Tx& tx, PayeeFormId id, RejectPayeeForm request) {
  return decide(tx, id, FormState::rejected, request.reason, std::nullopt);
}

struct TaxId {
  std::optional<std::string> tax_id;
};
BOOST_DESCRIBE_STRUCT(TaxId, (), (tax_id))
Task<TaxId> reveal_tax_id(db::Tx& tx, PayeeFormId id) {
  const auto row = co_await tx.maybe(kTaxId, id);
  if (!row) throw Problem(kNotFound);
  identity::record_audit(tx, "reveal_tax_id", id.uuid(), JsonObject{});
  if (!row->tax_id) co_return TaxId{};
  const std::string text = id.str();
  auto tax_id = crypto::installed_envelope().open(place_of(tx, text), row->tax_id->value);
  TANDEM_ASSERT(tax_id, "the tax number of {} does not open", text);
  co_return TaxId{std::move(tax_id)};
}

}  // namespace

void declare_payee_forms(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("payee forms");
  routes.post("/api/partners/{partner_id}/payee-forms", create_form)
      .says("Declare who a partner is, for tax and identity checks; the latest form counts")
      .explains("The tax number is sealed and shown by its last four.")
      .allow(Access::partner)
      .needs(Permission::payouts_manage)
      .sensitive()
      .as(db::Role::write);
  routes.get("/api/payee-forms", list_forms)
      .says("List payee forms, the latest first; a partner's own")
      .allow(Access::partner)
      .needs(Permission::payouts_read)
      .as(db::Role::read);
  routes.get("/api/payee-forms/{payee_form_id}", get_form)
      .says("Get a payee form")
      .allow(Access::partner)
      .needs(Permission::payouts_read)
      .as(db::Role::read);
  routes.get("/api/payee-forms/{payee_form_id}/tax-id", reveal_tax_id)
      .says("Reveal the tax number of a payee form; each time stands in the audit")
      .allow(Access::partner)
      .needs(Permission::payouts_manage)
      .sensitive()
      .as(db::Role::write);
  routes.post("/api/payee-forms/{payee_form_id}/approval", approve_form)
      .says("Approve a payee form that somebody else sent, until a day if one is told")
      .explains("Forms W-8 end by themselves with the third year after.")
      .allow(Access::staff)
      .needs(Permission::payouts_approve)
      .sensitive()
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState, &kSamePerson});
  routes.post("/api/payee-forms/{payee_form_id}/rejection", reject_form)
      .says("Reject a payee form that somebody else sent, with a reason")
      .allow(Access::staff)
      .needs(Permission::payouts_approve)
      .sensitive()
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState, &kSamePerson});
}

}  // namespace tandem::payouts
