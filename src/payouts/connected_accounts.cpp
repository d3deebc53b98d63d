#include "payouts/connected_accounts.hpp"

#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "http/idempotency.hpp"
#include "http/problems.hpp"
#include "identity/api.hpp"
#include "mail/mail.hpp"
#include "payouts/rail_accounts.hpp"
#include "payouts/submission.hpp"

namespace tandem::payouts {

namespace {

constexpr std::string_view kCheckJob = "payouts.check_account";

inline constexpr ProblemKind kProviderRefuses{409, "provider_refuses", "The provider refuses this"};
inline constexpr ProblemKind kProviderAway{503, "provider_away", "The provider does not answer"};

struct IdRow {
  PartnerId id;
};
BOOST_DESCRIBE_STRUCT(IdRow, (), (id))
const db::Query<IdRow(PartnerId)> kPartner{"payouts.partner_to_connect", R"sql(
  select p.id from app.partners p where p.organization_id = $1 and p.id = $2
)sql"};

// Until the provider has made an account the country may still be another.
const db::Query<db::Nothing(ConnectedAccountId, PartnerId, Country)> kEnsure{
    "payouts.ensure_connected_account",
    R"sql(
  insert into app.connected_accounts as c (organization_id, id, partner_id, country)
  values ($1, $2, $3, $4)
  on conflict (organization_id, partner_id) do update set country = excluded.country
  where c.external_id is null and c.country <> excluded.country
)sql"};
const db::Query<db::Nothing(ConnectedAccountId, std::string)> kName{"payouts.name_connected_account", R"sql(
  update app.connected_accounts set external_id = $3
  where organization_id = $1 and id = $2 and external_id is null
)sql"};
// Of two answers the one that was asked for later counts.
const db::Query<db::Nothing(ConnectedAccountId, ConnectedAccountState, std::optional<std::string>, Timestamp)>
    kNoteState{"payouts.note_connected_state", R"sql(
  update app.connected_accounts set state = $3, reason = $4, checked_at = $5
  where organization_id = $1 and id = $2 and external_id is not null and (checked_at is null or checked_at <= $5)
)sql"};

const db::Query<ConnectedAccount(ConnectedAccountId)> kAccount{"payouts.connected_account", R"sql(
  select c.id, c.partner_id, c.country, c.external_id, c.state, c.reason, c.checked_at, c.created_at, c.updated_at
  from app.connected_accounts c
  where c.organization_id = $1 and c.id = $2
)sql"};
const db::Query<ConnectedAccount(PartnerId)> kAccountOf{"payouts.connected_account_of", R"sql(
  select c.id, c.partner_id, c.country, c.external_id, c.state, c.reason, c.checked_at, c.created_at, c.updated_at
  from app.connected_accounts c
  where c.organization_id = $1 and c.partner_id = $2
)sql"};
const db::Query<ConnectedAccount(std::string)> kByExternalId{"payouts.connected_account_by_external_id",
                                                             R"sql(
  select c.id, c.partner_id, c.country, c.external_id, c.state, c.reason, c.checked_at, c.created_at, c.updated_at
  from app.connected_accounts c
  where c.organization_id = $1 and c.external_id = $2
)sql"};

const db::ListQuery<ConnectedAccount(std::optional<PartnerId>, std::optional<ConnectedAccountState>)> kList{
    "payouts.list_connected_accounts",
    R"sql(
  select c.id, c.partner_id, c.country, c.external_id, c.state, c.reason, c.checked_at, c.created_at, c.updated_at
  from app.connected_accounts c
  where c.organization_id = $1
    and ($2::uuid is null or c.partner_id = $2)
    and ($3::text is null or c.state = $3)
)sql",
    "c.id",
    {{"created_at", "c.created_at", "timestamptz"}}};

/// A partner sees its own account and changes nothing of it: the provider's word is written by the server.
db::Scope server_of(const db::Scope& scope) { return {scope.organization_id, db::ActorKind::system, {}, {}}; }

template <class T>
T given(std::expected<T, ProviderRefusal> answer) {
  if (answer) return *std::move(answer);
  throw Problem(answer.error().is_decided ? kProviderRefuses : kProviderAway, answer.error().reason);
}

Task<std::unique_ptr<ConnectClient>> client_for(db::Pool& pool, db::Scope scope) {
  auto account = co_await db::run_tx(pool, server_of(scope), db::Role::read,
                                     [](db::Tx& tx) { return rail_account(tx, Rail::stripe); });
  if (!account || account->secret.empty()) throw Problem(kRailNotReady, "stripe");
  co_return connect_client(*std::move(account));
}

/// Asks for the state of an account that the provider has, and keeps the answer.
Task<ConnectedAccount> check(db::Pool& pool, db::Scope scope, std::shared_ptr<ConnectClient> client,
                             ConnectedAccount account) {
  const Timestamp at = Clock::now();
  const auto said = given(co_await client->ask(account.external_id.value()));
  co_return co_await db::run_tx(pool, server_of(scope), db::Role::write,
                                [&](db::Tx& tx) -> Task<ConnectedAccount> {
                                  co_await tx.exec(kNoteState, account.id, said.state, said.reason, at);
                                  co_return co_await tx.one(kAccount, account.id);
                                });
}

/// The key under which the provider makes a link: the same for the caller's same Idempotency-Key.
std::string key_of_link(const http::Request& request, ConnectedAccountId id) {
  const auto header = request.header("idempotency-key");
  if (!header) return {};
  const auto key = http::read_idempotency_key(*header);
  if (!key) throw Problem(http::kKeyMalformed);
  return "link-" + to_hex(crypto::sha256(id.str() + "/" + *key));
}

Task<AccountLink> ask_for_link(http::Context context, PartnerId partner_id, AskForAccountLink request) {
  const db::Scope& scope = context.principal.scope;
  const bool is_known = co_await db::run_tx(
      context.pool, scope, db::Role::read,
      [&](db::Tx& tx) -> Task<bool> { co_return (co_await tx.maybe(kPartner, partner_id)).has_value(); });
  if (!is_known) throw Problem(kNotFound);
  const std::shared_ptr client = co_await client_for(context.pool, scope);
  auto account = co_await db::run_tx(
      context.pool, server_of(scope), db::Role::write, [&](db::Tx& tx) -> Task<ConnectedAccount> {
        if (request.country) tx.later(kEnsure, tx.new_id<ConnectedAccountId>(), partner_id, *request.country);
        const auto found = co_await tx.maybe(kAccountOf, partner_id);
        if (!found) throw invalid_field("/country", "required", "the country of the partner");
        co_return *found;
      });
  if (!account.external_id) {
    const auto made = given(co_await client->open(account.id, account.country));
    account = co_await db::run_tx(context.pool, server_of(scope), db::Role::write,
                                  [&](db::Tx& tx) -> Task<ConnectedAccount> {
                                    co_await tx.exec(kName, account.id, made);
                                    co_return co_await tx.one(kAccount, account.id);
                                  });
  }
  const std::string back = mail::public_link("/portal/" + partner_id.str() + "/payout-details?stripe=");
  const auto link = given(co_await client->link({.external_id = account.external_id.value(),
                                                 .return_url = back + "returned",
                                                 .refresh_url = back + "again",
                                                 .key = key_of_link(context.request, account.id)}));
  co_await db::run_tx(context.pool, scope, db::Role::write, [&](db::Tx& tx) -> Task<> {
    identity::record_audit(tx, "ask_for_account_link", account.id.uuid(), JsonObject{});
    co_return;
  });
  co_return AccountLink{link.url, link.expires_at, account};
}

Task<ConnectedAccount> check_now(http::Context context, ConnectedAccountId id) {
  const auto account = co_await db::run_tx(context.pool, context.principal.scope, db::Role::read,
                                           [&](db::Tx& tx) { return tx.maybe(kAccount, id); });
  if (!account) throw Problem(kNotFound);
  if (!account->external_id) co_return *account;
  const std::shared_ptr client = co_await client_for(context.pool, context.principal.scope);
  co_return co_await check(context.pool, context.principal.scope, client, *account);
}

struct ListConnectedAccounts {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<PartnerId> partner_id;
  std::optional<ConnectedAccountState> state;
};
BOOST_DESCRIBE_STRUCT(ListConnectedAccounts, (), (cursor, limit, partner_id, state))

Task<Page<ConnectedAccount>> list(db::Tx& tx, ListConnectedAccounts query) {
  const auto partner_id = tx.scope().partner_id ? tx.scope().partner_id : query.partner_id;
  co_return co_await tx.page(kList, "-created_at", query.cursor, query.limit.value_or(PageLimit{}),
                             partner_id, query.state);
}

struct Payload {
  ConnectedAccountId connected_account_id;
};
BOOST_DESCRIBE_STRUCT(Payload, (), (connected_account_id))

Task<jobs::Finish> check_in_job(db::Pool& pool, const db::Scope& scope, const jobs::Job& job) {
  const auto id = json::parse<Payload>(job.payload).connected_account_id;
  const auto account =
      co_await db::run_tx(pool, scope, db::Role::read, [&](db::Tx& tx) { return tx.maybe(kAccount, id); });
  if (account && account->external_id) {
    const std::shared_ptr client = co_await client_for(pool, scope);
    co_await check(pool, scope, client, *account);
  }
  co_return jobs::Finish{};
}

}  // namespace

Task<bool> check_soon(db::Tx& tx, std::string external_id, const std::string& cause) {
  const auto account = co_await tx.maybe(kByExternalId, external_id);
  if (account) jobs::enqueue(tx, kCheckJob, json::print(Payload{account->id}), cause);
  co_return account.has_value();
}

jobs::Kind check_account_job() {
  return {.name = std::string(kCheckJob), .runs_as = db::Role::write, .call = check_in_job};
}

void declare_connected_accounts(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("payout methods");
  routes.post("/api/partners/{partner_id}/connected-account-links", ask_for_link)
      .says("Ask for the page at Stripe where a partner says who it is")
      .explains(
          "Stripe makes the partner's account when it is asked for the first time. The page is good for one visit within "
          "minutes and leads back to the portal; the same Idempotency-Key gives the same page. A payout method with the "
          "account's `external_id` is paid to once its state is `ready`.")
      .allow(Access::partner)
      .needs(Permission::payouts_manage)
      .sensitive()
      .refuses({&kRailNotReady, &kProviderRefuses, &kProviderAway, &http::kKeyMalformed});
  routes.post("/api/connected-accounts/{connected_account_id}/check", check_now)
      .says("Ask Stripe now whether an account can be paid")
      .explains("Stripe's message `account.updated` does the same.")
      .allow(Access::partner)
      .needs(Permission::payouts_manage)
      .answers(200)
      .refuses({&kRailNotReady, &kProviderRefuses, &kProviderAway});
  routes.get("/api/connected-accounts", list)
      .says("List what Stripe keeps for partners, the latest first; a partner's own")
      .allow(Access::partner)
      .needs(Permission::payouts_read)
      .as(db::Role::read);
}

}  // namespace tandem::payouts
