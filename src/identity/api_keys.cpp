#include "identity/api_keys.hpp"

#include "base/encoding.hpp"
#include "crypto/token.hpp"
#include "identity/memberships.hpp"
#include "identity/roles.hpp"
#include "log/log.hpp"

namespace tandem::identity {

namespace {

using http::Permissions;

constexpr std::size_t kScopesMax = 64;

const db::Query<ApiKey(ApiKeyId, std::optional<PartnerId>, Text<1, 120>, std::string, db::Bytes, bool,
                       std::optional<std::vector<http::Permission>>, std::optional<Timestamp>)>
    kInsertApiKey{"identity.insert_api_key", R"sql(
  insert into app.api_keys as k (organization_id, id, partner_id, name, prefix, secret_hash, live, scopes, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  returning k.id, k.name, case when k.partner_id is null then 'staff' else 'partner' end as kind,
            k.partner_id, case when k.live then 'live' else 'test' end as mode, k.scopes, k.prefix, k.expires_at,
            k.revoked_at, k.last_used_at, k.created_at
)sql"};

const db::Query<ApiKey(ApiKeyId)> kApiKey{"identity.api_key", R"sql(
  select k.id, k.name, case when k.partner_id is null then 'staff' else 'partner' end as kind,
         k.partner_id, case when k.live then 'live' else 'test' end as mode, k.scopes, k.prefix, k.expires_at,
         k.revoked_at, k.last_used_at, k.created_at
  from app.api_keys k
  where k.organization_id = $1 and k.id = $2
)sql"};

const db::ListQuery<ApiKey(std::optional<KeyKind>, std::optional<PartnerId>, std::optional<bool>)>
    kListApiKeys{"identity.list_api_keys",
                 R"sql(
  select k.id, k.name, case when k.partner_id is null then 'staff' else 'partner' end as kind,
         k.partner_id, case when k.live then 'live' else 'test' end as mode, k.scopes, k.prefix, k.expires_at,
         k.revoked_at, k.last_used_at, k.created_at
  from app.api_keys k
  where k.organization_id = $1
    and ($2::text is null or (k.partner_id is null) = ($2 = 'staff'))
    and ($3::uuid is null or k.partner_id = $3)
    and ($4::boolean is null or (k.revoked_at is not null) = $4)
)sql",
                 "k.id",
                 {{"created_at", "k.created_at", "timestamptz"}, {"name", "k.name", "text"}}};

const db::Query<ApiKey(ApiKeyId, Timestamp)> kRevokeApiKey{"identity.revoke_api_key", R"sql(
  update app.api_keys as k set revoked_at = $3
  where k.organization_id = $1 and k.id = $2 and k.revoked_at is null
  returning k.id, k.name, case when k.partner_id is null then 'staff' else 'partner' end as kind,
            k.partner_id, case when k.live then 'live' else 'test' end as mode, k.scopes, k.prefix, k.expires_at,
            k.revoked_at, k.last_used_at, k.created_at
)sql"};

const db::Query<db::Nothing(PartnerId, Timestamp)> kRevokeKeysOf{"identity.revoke_keys_of", R"sql(
  update app.api_keys as k set revoked_at = $3
  where k.organization_id = $1 and k.partner_id = $2 and k.revoked_at is null
)sql"};

struct KeyToRotate {
  Text<1, 120> name;
  std::optional<PartnerId> partner_id;
  bool live = true;
  std::optional<std::vector<http::Permission>> scopes;
  std::optional<Timestamp> expires_at;
};
BOOST_DESCRIBE_STRUCT(KeyToRotate, (), (name, partner_id, live, scopes, expires_at))
const db::Query<KeyToRotate(ApiKeyId, Timestamp)> kKeyToRotate{"identity.key_to_rotate", R"sql(
  select k.name, k.partner_id, k.live, k.scopes, k.expires_at
  from app.api_keys k
  where k.organization_id = $1 and k.id = $2 and k.revoked_at is null and coalesce(k.expires_at > $3, true)
  for no key update
)sql"};
const db::Query<db::Nothing(ApiKeyId, Timestamp)> kEndApiKey{"identity.end_api_key", R"sql(
  update app.api_keys set expires_at = least(expires_at, $3) where organization_id = $1 and id = $2
)sql"};
const db::Query<db::Nothing(ApiKeyId, Timestamp)> kNoteUse{"identity.note_api_key_use", R"sql(
  update app.api_keys set last_used_at = $3
  where organization_id = $1 and id = $2 and coalesce(last_used_at < $3::timestamptz - interval '1 minute', true)
)sql"};

Side side_of(KeyKind kind) { return kind == KeyKind::partner ? Side::partner : Side::organization; }

void check(const CreateApiKey& request, Timestamp now) {
  std::vector<FieldError> errors;
  if (request.kind == KeyKind::partner && !request.partner_id)
    errors.push_back({"/partner_id", "required", "a key of kind partner names its partner"});
  if (request.kind == KeyKind::staff && request.partner_id)
    errors.push_back({"/partner_id", "out_of_range", "a key of kind staff has no partner"});
  if (request.expires_at && *request.expires_at <= now)
    errors.push_back({"/expires_at", "out_of_range", "an instant in the future"});
  if (request.scopes && (request.scopes->empty() || request.scopes->size() > kScopesMax))
    errors.push_back({"/scopes", "out_of_range", fmt::format("1 to {}", kScopesMax)});
  if (request.scopes && !permissions_of_all(side_of(request.kind)).covers(Permissions::of(*request.scopes)))
    errors.push_back({"/scopes", "out_of_range", "a key of a partner may do what a partner may"});
  if (!errors.empty()) throw Problem(kInvalid, {}, std::move(errors));
}

/// POST /api/api-keys: nobody makes a key that may do more than its maker, nor a partner one of another.
Task<CreatedApiKey> post_api_key(db::Tx& tx, const http::Principal& principal, CreateApiKey request) {
  if (const auto& own = principal.scope.partner_id) {
    if (request.kind != KeyKind::partner)
      throw invalid_field("/kind", "out_of_range", "a partner's keys are of kind partner");
    if (!request.partner_id) request.partner_id = own;
    if (request.partner_id != own) throw Problem(kNotFound);
  }
  return create_api_key(tx, principal.permissions, std::move(request));
}

Task<ApiKey> get_api_key(db::Tx& tx, ApiKeyId id) {
  auto found = co_await tx.maybe(kApiKey, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<Page<ApiKey>> list_api_keys(db::Tx& tx, ListApiKeys query) {
  co_return co_await tx.page(kListApiKeys, query.sort ? query.sort->str() : "", query.cursor,
                             query.limit.value_or(PageLimit{}), query.kind, query.partner_id, query.revoked);
}

/// POST …/rotation: a key like it with a secret of its own; the old one ends in `keep_hours`.
Task<CreatedApiKey> rotate_api_key(db::Tx& tx, const http::Principal& principal, ApiKeyId id,
                                   RotateApiKey request) {
  constexpr std::int32_t kHours = 24, kHoursMax = 168;
  const std::int32_t hours = request.keep_hours.value_or(kHours);
  if (hours < 0 || hours > kHoursMax)
    throw invalid_field("/keep_hours", "out_of_range", fmt::format("0 to {}", kHoursMax));
  auto old = co_await tx.maybe(kKeyToRotate, id, tx.now());
  if (!old) {
    co_await get_api_key(tx, id);  // 404 when there is none
    throw Problem(kState, "The key is revoked or has expired; make a new one.");
  }
  CreateApiKey like;
  like.name = std::move(old->name);
  like.kind = old->partner_id ? KeyKind::partner : KeyKind::staff;
  like.partner_id = old->partner_id;
  like.mode = old->live ? KeyMode::live : KeyMode::test;
  like.scopes = std::move(old->scopes);
  like.expires_at = old->expires_at;
  auto created = co_await create_api_key(tx, principal.permissions, std::move(like));
  tx.later(kEndApiKey, id, tx.now() + std::chrono::hours{hours});
  co_return created;
}

Task<ApiKey> revoke_api_key(db::Tx& tx, ApiKeyId id) {
  auto revoked = co_await identity::change(tx, db::call(kApiKey, id), db::call(kRevokeApiKey, id, tx.now()));
  if (revoked) co_return *std::move(revoked);
  co_await get_api_key(tx, id);  // 404 when there is none
  throw Problem(kState, "The key is revoked already.");
}

}  // namespace

Task<CreatedApiKey> create_api_key(db::Tx& tx, http::Permissions grantor, CreateApiKey request) {
  check(request, tx.now());
  const auto granted =
      request.scopes ? Permissions::of(*request.scopes) : permissions_of_all(side_of(request.kind));
  if (!grantor.covers(granted)) throw Problem(kForbidden, "A key may do no more than who makes it.");
  const bool is_live = request.mode.value_or(KeyMode::live) == KeyMode::live;
  const auto made = crypto::new_api_key(is_live);
  const auto id = tx.new_id<ApiKeyId>();
  CreatedApiKey created;
  static_cast<ApiKey&>(created) =
      co_await tx.one(kInsertApiKey, id, request.partner_id, request.name, made.prefix, db::Bytes{made.hash},
                      is_live, request.scopes, request.expires_at);
  created.secret = made.secret;
  const bool claimed = co_await claim_code(tx, CodeKind::api_key, to_hex(made.hash), id.uuid());
  TANDEM_ASSERT(claimed, "a new secret is registered already");
  co_return created;
}

Task<std::string> issue_api_key(db::Tx& tx, Text<1, 120> name, std::optional<PartnerId> partner_id) {
  CreateApiKey request;
  request.name = std::move(name);
  request.kind = partner_id ? KeyKind::partner : KeyKind::staff;
  request.partner_id = partner_id;
  const CreatedApiKey created = co_await create_api_key(tx, Permissions::all(), std::move(request));
  co_return created.secret.value();
}

Task<> revoke_keys_of(db::Tx& tx, PartnerId partner_id) {
  tx.later(kRevokeKeysOf, partner_id, tx.now());
  co_await end_memberships_of(tx, partner_id);
}

Task<> note_key_use(db::Pool& pool, OrganizationId organization_id, ApiKeyId id) {
  const db::Scope scope{organization_id, db::ActorKind::system, {}, {}};
  try {
    co_await db::run_tx(pool, scope, db::Role::write,
                        [id](db::Tx& tx) -> Task<> { co_await tx.exec(kNoteUse, id, tx.now()); });
  } catch (const std::exception& error) {
    log::warn("key_use.not_noted", {{"error", std::string(error.what())}});
  }
}

void declare_api_keys(http::Routes& routes) {
  routes.tag("keys");
  // The partner of another organization, or none at all: the same answer.
  routes.map_constraint("api_keys_partner_fk", kNotFound);
  routes.post("/api/api-keys", post_api_key)
      .says("Create an API key; its secret is shown once")
      .explains(
          "Send the secret as `Authorization: Bearer …`. Staff make keys of the organization and of any partner; "
          "a partner makes keys of its own, and need not name itself. A repeated call with the same Idempotency-Key answers "
          "with `secret` null.")
      .allow(http::Access::partner)
      .needs(http::Permission::keys_manage)
      .sensitive()
      .as(db::Role::write)
      .shows_once("secret");
  routes.post("/api/api-keys/{api_key_id}/rotation", rotate_api_key)
      .says("Give a key a new secret; the old one is taken for a while")
      .explains(
          "Makes a key like it and ends the old one in keep_hours (24 unless told): both work meanwhile.")
      .allow(http::Access::partner)
      .needs(http::Permission::keys_manage)
      .sensitive()
      .as(db::Role::write)
      .refuses({&kState})
      .shows_once("secret");
  routes.get("/api/api-keys", list_api_keys)
      .says("List API keys")
      .allow(http::Access::partner)
      .needs(http::Permission::keys_manage)
      .as(db::Role::read);
  routes.get("/api/api-keys/{api_key_id}", get_api_key)
      .says("Get an API key")
      .allow(http::Access::partner)
      .needs(http::Permission::keys_manage)
      .as(db::Role::read);
  routes.post("/api/api-keys/{api_key_id}/revocation", revoke_api_key)
      .says("Revoke an API key: it is refused within a second")
      .allow(http::Access::partner)
      .needs(http::Permission::keys_manage)
      .sensitive()
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
}

}  // namespace tandem::identity
