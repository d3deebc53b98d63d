#include "payouts/rail_accounts.hpp"

#include <algorithm>

#include "crypto/installation.hpp"
#include "payouts/adapters/clients.hpp"

namespace tandem::payouts {

namespace {

struct StoredRow {
  RailAccountId id;
  std::optional<std::string> payer_name, payer_account_hint, payer_bic;
  SepaFormat sepa_format{};
  std::optional<std::string> client_id, profile;
  std::optional<Currency> source_currency;
  std::optional<db::Bytes> payer_account, secret, webhook_key;
};
BOOST_DESCRIBE_STRUCT(StoredRow, (),
                      (id, payer_name, payer_account_hint, payer_bic, sepa_format, client_id, profile,
                       source_currency, payer_account, secret, webhook_key))
const db::Query<StoredRow(Rail)> kStored{"payouts.rail_account", R"sql(
  select r.id, r.payer_name, r.payer_account_hint, r.payer_bic, r.sepa_format, r.client_id, r.profile,
    r.source_currency, r.payer_account, r.secret, r.webhook_key
  from app.rail_accounts r
  where r.organization_id = $1 and r.rail = $2
)sql"};

struct IdRow {
  RailAccountId id;
};
BOOST_DESCRIBE_STRUCT(IdRow, (), (id))
const db::Query<IdRow(RailAccountId, Rail)> kEnsure{"payouts.ensure_rail_account", R"sql(
  insert into app.rail_accounts (organization_id, id, rail)
  values ($1, $2, $3)
  on conflict (organization_id, rail) do nothing
  returning id
)sql"};

// What is absent stays as it is.
const db::Query<db::Nothing(Rail, std::optional<Text<1, 70>>, std::optional<db::Bytes>,
                            std::optional<std::string>, std::optional<Text<8, 11>>,
                            std::optional<Text<1, 200>>, std::optional<Text<1, 20>>, std::optional<Currency>,
                            std::optional<db::Bytes>, std::optional<db::Bytes>, std::optional<SepaFormat>)>
    kUpdate{"payouts.update_rail_account", R"sql(
  update app.rail_accounts set payer_name = coalesce($3, payer_name), payer_account = coalesce($4, payer_account),
    payer_account_hint = coalesce($5, payer_account_hint), payer_bic = coalesce($6, payer_bic),
    client_id = coalesce($7, client_id), profile = coalesce($8, profile),
    source_currency = coalesce($9, source_currency), secret = coalesce($10, secret),
    webhook_key = coalesce($11, webhook_key), sepa_format = coalesce($12, sepa_format)
  where organization_id = $1 and rail = $2
)sql"};

const db::ListQuery<ShownRailAccount(std::optional<Rail>)> kList{
    "payouts.list_rail_accounts",
    R"sql(
  select r.id, r.rail, r.payer_name, r.payer_account_hint, r.payer_bic, r.sepa_format, r.client_id, r.profile,
    r.source_currency, r.secret is not null as has_secret, r.webhook_key is not null as has_webhook_key,
    case when r.rail in ('bank', 'sepa') then '' else '/api/payout-webhooks/' || o.slug || '/' || r.rail end
      as webhook_path,
    r.created_at, r.updated_at
  from app.rail_accounts r
  join app.organizations o on o.organization_id = r.organization_id
  where r.organization_id = $1 and ($2::text is null or r.rail = $2)
)sql",
    "r.id",
    {{"created_at", "r.created_at", "timestamptz"}}};

std::optional<db::Bytes> sealed(const db::Tx& tx, const std::string& row, std::string_view column,
                                const std::optional<std::string>& plain) {
  if (!plain) return std::nullopt;
  return db::Bytes{
      crypto::installed_envelope().seal({"rail_accounts", column, tx.scope().organization_id, row}, *plain)};
}
std::string opened(const db::Tx& tx, const std::string& row, std::string_view column,
                   const std::optional<db::Bytes>& sealed) {
  if (!sealed) return {};
  auto plain = crypto::installed_envelope().open({"rail_accounts", column, tx.scope().organization_id, row},
                                                 sealed->value);
  TANDEM_ASSERT(plain, "{} of rail account {} does not open", column, row);
  return *std::move(plain);
}

void check(const SetRailAccount& request) {
  std::vector<FieldError> errors;
  if (request.rail == Rail::sepa && request.payer_account &&
      !is_iban(plain_account(Rail::sepa, request.payer_account->str())))
    errors.push_back({"/payer_account", "malformed", "an IBAN"});
  if (request.payer_bic && !is_bic(request.payer_bic->str()))
    errors.push_back({"/payer_bic", "malformed", "8 or 11 signs"});
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (request.profile && !std::ranges::all_of(request.profile->str(), is_digit))
    errors.push_back({"/profile", "malformed", "a number"});
  if (!errors.empty()) throw Problem(kInvalid, {}, std::move(errors));
}

template <class T>
std::optional<std::string> text_of(const std::optional<T>& value) {
  return value ? std::optional(value->str()) : std::nullopt;
}

Task<ShownRailAccount> set_rail_account(db::Tx& tx, SetRailAccount request) {
  check(request);
  co_await tx.maybe(kEnsure, tx.new_id<RailAccountId>(), request.rail);
  const auto stored = co_await tx.one(kStored, request.rail);
  const std::string row = stored.id.str();
  auto account = text_of(request.payer_account);
  if (account) account = plain_account(request.rail, *account);
  co_await tx.exec(kUpdate, request.rail, request.payer_name, sealed(tx, row, "payer_account", account),
                   account ? std::optional(account_hint(*account)) : std::nullopt, request.payer_bic,
                   request.client_id, request.profile, request.source_currency,
                   sealed(tx, row, "secret", text_of(request.secret)),
                   sealed(tx, row, "webhook_key", text_of(request.webhook_key)), request.sepa_format);
  co_return (co_await tx.page(kList, "created_at", std::nullopt, PageLimit{1}, request.rail)).items.at(0);
}

struct ListRailAccounts {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Rail> rail;
};
BOOST_DESCRIBE_STRUCT(ListRailAccounts, (), (cursor, limit, rail))
Task<Page<ShownRailAccount>> list_rail_accounts(db::Tx& tx, ListRailAccounts query) {
  co_return co_await tx.page(kList, "created_at", query.cursor, query.limit.value_or(PageLimit{}),
                             query.rail);
}

RailUrls& urls() {
  static RailUrls all;
  return all;
}

}  // namespace

void set_rail_urls(RailUrls wanted) { urls() = std::move(wanted); }
const RailUrls& rail_urls() { return urls(); }

std::unique_ptr<RailClient> client_of(RailAccount account) {
  switch (account.rail) {
    case Rail::paypal:
      return urls().paypal == kSimulator ? simulator_client() : paypal_client(std::move(account));
    case Rail::wise: return urls().wise == kSimulator ? simulator_client() : wise_client(std::move(account));
    case Rail::stripe:
      return urls().stripe == kSimulator ? simulator_client() : stripe_client(std::move(account));
    case Rail::bank:
    case Rail::sepa: break;
  }
  return nullptr;
}

std::unique_ptr<ConnectClient> connect_client(RailAccount account) {
  if (urls().stripe == kSimulator) return simulator_connect_client();
  return stripe_connect_client(std::move(account));
}

Task<std::optional<RailAccount>> rail_account(db::Tx& tx, Rail rail) {
  const auto row = co_await tx.maybe(kStored, rail);
  if (!row) co_return std::nullopt;
  const std::string id = row->id.str();
  RailAccount out{.rail = rail,
                  .client_id = row->client_id.value_or(""),
                  .secret = opened(tx, id, "secret", row->secret),
                  .profile = row->profile.value_or(""),
                  .source_currency = row->source_currency,
                  .webhook_key = opened(tx, id, "webhook_key", row->webhook_key),
                  .payer_name = row->payer_name.value_or(""),
                  .payer_account = opened(tx, id, "payer_account", row->payer_account),
                  .payer_bic = row->payer_bic.value_or(""),
                  .sepa_format = row->sepa_format};
  co_return out;
}

void declare_rail_accounts(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("payout rails");
  routes.post("/api/rail-accounts", set_rail_account)
      .says("Set what the organization pays from on one rail")
      .explains("What is absent or null stays as it is. Secrets are sealed and not shown again.")
      .allow(Access::staff)
      .needs(Permission::settings_manage)
      .sensitive()
      .as(db::Role::write)
      .answers(200);
  routes.get("/api/rail-accounts", list_rail_accounts)
      .says("List what the organization pays from")
      .allow(Access::staff)
      .needs(Permission::payouts_read)
      .as(db::Role::read);
}

}  // namespace tandem::payouts
