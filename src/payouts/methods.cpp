#include "payouts/methods.hpp"

#include <array>

#include "crypto/installation.hpp"
#include "earnings/api.hpp"
#include "events/event.hpp"
#include "identity/api.hpp"
#include "mail/mail.hpp"
#include "payouts/mail_texts.hpp"

namespace tandem::payouts {

namespace {

struct PartnerRow {
  std::optional<Email> contact_email;
  std::optional<std::string> locale;
  std::string organization;
};
BOOST_DESCRIBE_STRUCT(PartnerRow, (), (contact_email, locale, organization))
// Locked, so that of two new methods at once one replaces the other.
const db::Query<PartnerRow(PartnerId)> kLockPartner{"payouts.lock_partner", R"sql(
  select p.contact_email, coalesce(p.locale, o.settings ->> 'locale') as locale, o.name as organization
  from app.partners p
  join app.organizations o on o.organization_id = p.organization_id
  where p.organization_id = $1 and p.id = $2
  for no key update of p
)sql"};

const db::Query<db::Nothing(PartnerId, Currency)> kReplace{"payouts.replace_method", R"sql(
  update app.payout_methods set state = 'replaced'
  where organization_id = $1 and partner_id = $2 and currency = $3 and state = 'active'
)sql"};

const db::Query<db::Nothing(PartnerId)> kTakesNoOthers{"payouts.takes_no_others", R"sql(
  update app.payout_methods set takes_others = false
  where organization_id = $1 and partner_id = $2 and state = 'active' and takes_others
)sql"};

const db::Query<db::Nothing(PayoutMethodId, PartnerId, Rail, Currency, Text<1, 70>, db::Bytes, std::string,
                            std::optional<Text<1, 20>>, std::optional<Text<1, 120>>,
                            std::optional<Text<8, 11>>, std::optional<Country>, bool, Timestamp, ActorId,
                            std::optional<ConnectedAccountId>)>
    kInsertMethod{"payouts.insert_method", R"sql(
  insert into app.payout_methods (organization_id, id, partner_id, rail, currency, holder_name, account, account_hint,
    bank_code, bank_name, bic, country, takes_others, usable_at, created_by, connected_account_id)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
)sql"};

struct ConnectedRow {
  ConnectedAccountId id;
};
BOOST_DESCRIBE_STRUCT(ConnectedRow, (), (id))
const db::Query<ConnectedRow(PartnerId, std::string)> kConnected{"payouts.connected_of_method", R"sql(
  select c.id from app.connected_accounts c
  where c.organization_id = $1 and c.partner_id = $2 and c.external_id = $3
)sql"};

const db::Query<PayoutMethod(PayoutMethodId)> kMethod{"payouts.method", R"sql(
  select m.id, m.partner_id, m.rail, m.currency, m.holder_name, m.account_hint, m.bank_code, m.bank_name, m.bic,
    m.country, m.takes_others, m.state, c.state as connected_account_state, m.usable_at, m.created_at, m.updated_at
  from app.payout_methods m
  left join app.connected_accounts c on c.organization_id = m.organization_id and c.id = m.connected_account_id
  where m.organization_id = $1 and m.id = $2
)sql"};

const db::ListQuery<PayoutMethod(std::optional<PartnerId>, std::optional<Rail>, std::optional<MethodState>)>
    kListMethods{"payouts.list_methods",
                 R"sql(
  select m.id, m.partner_id, m.rail, m.currency, m.holder_name, m.account_hint, m.bank_code, m.bank_name, m.bic,
    m.country, m.takes_others, m.state, c.state as connected_account_state, m.usable_at, m.created_at, m.updated_at
  from app.payout_methods m
  left join app.connected_accounts c on c.organization_id = m.organization_id and c.id = m.connected_account_id
  where m.organization_id = $1
    and ($2::uuid is null or m.partner_id = $2)
    and ($3::text is null or m.rail = $3)
    and ($4::text is null or m.state = $4)
)sql",
                 "m.id",
                 {{"created_at", "m.created_at", "timestamptz"}}};

const db::Query<db::Nothing(PayoutMethodId)> kRemove{"payouts.remove_method", R"sql(
  update app.payout_methods set state = 'removed'
  where organization_id = $1 and id = $2 and state = 'active'
)sql"};

struct AccountRow {
  db::Bytes account;
};
BOOST_DESCRIBE_STRUCT(AccountRow, (), (account))
const db::Query<AccountRow(PayoutMethodId)> kAccount{"payouts.account", R"sql(
  select m.account from app.payout_methods m where m.organization_id = $1 and m.id = $2
)sql"};

crypto::Place place_of(OrganizationId organization_id, const std::string& row) {
  return {"payout_methods", "account", organization_id, row};
}

/// What is stored of the account, or every mistake in the request.
std::string checked_account(const CreatePayoutMethod& request) {
  std::vector<FieldError> errors;
  const auto plain = plain_account(request.rail, request.account.str());
  const auto mistake = account_mistake(request.rail, request.currency, plain,
                                       request.bank_code ? request.bank_code->str() : std::string(),
                                       request.country ? request.country->str() : std::string());
  if (mistake) errors.push_back({"/account", "malformed", *mistake});
  if (request.bic && !is_bic(request.bic->str())) errors.push_back({"/bic", "malformed", "8 or 11 signs"});
  if (request.rail == Rail::sepa && request.currency.code() != "EUR")
    errors.push_back({"/currency", "out_of_range", "SEPA pays EUR"});
  if (!errors.empty()) throw Problem(kInvalid, {}, std::move(errors));
  return plain;
}

void record(db::Tx& tx, std::string kind, const PayoutMethod& method) {
  events::record(tx,
                 std::array{events::OutboxRow{std::move(kind), method.partner_id, method.id.uuid(), "{}"}});
}

Task<PayoutMethod> get_method(db::Tx& tx, PayoutMethodId id) {
  auto found = co_await tx.maybe(kMethod, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<PayoutMethod> create_method(db::Tx& tx, PartnerId partner_id, CreatePayoutMethod request) {
  const auto partner = co_await tx.maybe(kLockPartner, partner_id);
  if (!partner) throw Problem(kNotFound);
  const std::string account = checked_account(request);
  const auto id = tx.new_id<PayoutMethodId>();
  const std::string row = id.str(), hint = account_hint(account);
  const db::Bytes sealed{
      crypto::installed_envelope().seal(place_of(tx.scope().organization_id, row), account)};
  const bool takes_others = request.takes_others.value_or(false);
  std::optional<ConnectedAccountId> connected;
  if (request.rail == Rail::stripe)
    if (const auto known = co_await tx.maybe(kConnected, partner_id, account)) connected = known->id;
  tx.later(kReplace, partner_id, request.currency);
  if (takes_others) tx.later(kTakesNoOthers, partner_id);
  tx.later(kInsertMethod, id, partner_id, request.rail, request.currency, request.holder_name, sealed, hint,
           request.bank_code, request.bank_name, request.bic, request.country, takes_others,
           tx.now() + kCoolDown, tx.scope().actor_id, connected);
  earnings::note_payout_account(tx, partner_id, account);
  auto made = co_await get_method(tx, id);
  record(tx, "payout_method.created", made);
  if (partner->contact_email)
    mail::send(tx, method_changed_mail(*partner->contact_email, partner->locale.value_or("en"),
                                       partner->organization, made.currency, hint));
  co_return made;
}

Task<Page<PayoutMethod>> list_methods(db::Tx& tx, ListPayoutMethods query) {
  const auto partner_id = tx.scope().partner_id ? tx.scope().partner_id : query.partner_id;
  co_return co_await tx.page(kListMethods, "-created_at", query.cursor, query.limit.value_or(PageLimit{}),
                             partner_id, query.rail, query.state);
}

Task<PayoutMethod> remove_method(db::Tx& tx, PayoutMethodId id) {
  bool removed = false;
  tx.later_checked(kRemove, [&removed](const db::Result& result) { removed = result.affected() == 1; }, id);
  auto method = co_await get_method(tx, id);
  if (!removed) throw Problem(kState, "An active method is removed.");
  record(tx, "payout_method.removed", method);
  co_return method;
}

struct PayoutAccount {
  std::string account;
};
BOOST_DESCRIBE_STRUCT(PayoutAccount, (), (account))
Task<PayoutAccount> reveal_account(db::Tx& tx, PayoutMethodId id) {
  const auto row = co_await tx.maybe(kAccount, id);
  if (!row) throw Problem(kNotFound);
  identity::record_audit(tx, "reveal_payout_account", id.uuid(), JsonObject{});
  co_return PayoutAccount{open_account(tx.scope().organization_id, id, row->account)};
}

}  // namespace

std::string open_account(OrganizationId organization_id, PayoutMethodId id, const db::Bytes& sealed) {
  const std::string row = id.str();
  auto account = crypto::installed_envelope().open(place_of(organization_id, row), sealed.value);
  TANDEM_ASSERT(account, "the account of {} does not open", row);
  return *std::move(account);
}

void declare_methods(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("payout methods");
  routes.post("/api/partners/{partner_id}/payout-methods", create_method)
      .says("Set where a partner's money in one currency goes")
      .explains(
          "Replaces the active method of that currency and is paid to after 72 hours. The partner is told by mail. "
          "`account` is an IBAN (sepa), an account number with its bank (bank; in Uzbekistan 20 digits and the MFO), "
          "an e-mail (paypal), an IBAN, e-mail, sort code or routing number (wise), or acct_… (stripe), best the partner's connected account: what state it is in "
          "is then known beforehand. One "
          "method of a partner `takes_others`: what is earned in a currency without a method is converted into its own.")
      .allow(Access::partner)
      .needs(Permission::payouts_manage)
      .sensitive()
      .as(db::Role::write);
  routes.get("/api/payout-methods", list_methods)
      .says("List payout methods, the latest first; a partner's own")
      .allow(Access::partner)
      .needs(Permission::payouts_read)
      .as(db::Role::read);
  routes.get("/api/payout-methods/{payout_method_id}", get_method)
      .says("Get a payout method")
      .allow(Access::partner)
      .needs(Permission::payouts_read)
      .as(db::Role::read);
  routes.get("/api/payout-methods/{payout_method_id}/account", reveal_account)
      .says("Reveal the whole account of a payout method; each time stands in the audit")
      .allow(Access::partner)
      .needs(Permission::payouts_manage)
      .sensitive()
      .as(db::Role::write);
  routes.post("/api/payout-methods/{payout_method_id}/removal", remove_method)
      .says("Remove a payout method: nothing is paid in its currency until there is another")
      .allow(Access::partner)
      .needs(Permission::payouts_manage)
      .sensitive()
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
}

}  // namespace tandem::payouts
