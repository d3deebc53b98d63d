// Who calls: the authenticate hook. A key is looked up in the registry and then in its organization, both as
// the service role, and remembered on this thread for half a second: so a revoked key is refused within a
// second, and a busy key costs two statements a second and thread.
#include <algorithm>

#include "base/encoding.hpp"
#include "base/timed_cache.hpp"
#include "crypto/hmac.hpp"
#include "crypto/token.hpp"
#include "http/problems.hpp"
#include "identity/api_keys.hpp"
#include "identity/organizations.hpp"
#include "identity/roles.hpp"
#include "identity/sessions.hpp"
#include "identity/site_keys.hpp"

namespace tandem::identity {

namespace {

using namespace std::chrono_literals;
using http::Principal;

constexpr auto kKeep = 500ms;
constexpr std::size_t kKeysMax = 10'000;
constexpr std::size_t kRefusedMax = 10'000;  // apart, so that a flood of bad keys drives no good one out
constexpr std::size_t kSecretBytesMax = 128;

struct ApiKeyRow {
  std::optional<PartnerId> partner_id;
  bool live = true;
  std::optional<std::vector<std::string>> scopes;  // as written: a word that is gone since gives nothing
  std::optional<Timestamp> expires_at, revoked_at, last_used_at;
  OrganizationStatus status{};
};
BOOST_DESCRIBE_STRUCT(ApiKeyRow, (), (partner_id, live, scopes, expires_at, revoked_at, last_used_at, status))

const db::ServiceQuery<ApiKeyRow(OrganizationId, Uuid, db::Bytes)> kFindApiKey{"identity.find_api_key", R"sql(
  select k.partner_id, k.live, k.scopes, k.expires_at, k.revoked_at, k.last_used_at, o.status
  from app.api_keys k
  join app.organizations o on o.organization_id = k.organization_id
  where k.organization_id = $1 and k.id = $2 and k.secret_hash = $3
)sql"};

struct SiteKeyRow {
  std::vector<Origin> allowed_origins;
  std::optional<Timestamp> revoked_at;
  OrganizationStatus status{};
};
BOOST_DESCRIBE_STRUCT(SiteKeyRow, (), (allowed_origins, revoked_at, status))

const db::ServiceQuery<SiteKeyRow(OrganizationId, Uuid, std::string)> kFindSiteKey{"identity.find_site_key",
                                                                                   R"sql(
  select k.allowed_origins, k.revoked_at, o.status
  from app.site_keys k
  join app.organizations o on o.organization_id = k.organization_id
  where k.organization_id = $1 and k.id = $2 and k.key = $3
)sql"};

struct Known {
  Principal principal;
  OrganizationStatus status{};
  std::optional<Timestamp> expires_at;
  std::vector<Origin> origins;  // of a site key
  bool is_use_unnoted = false;  // of an API key: that it is in use was last written a minute ago or more
};

TimedCache<Known>& known_keys() {
  thread_local TimedCache<Known> cache{kKeysMax};
  return cache;
}
TimedCache<bool>& refused_keys() {
  thread_local TimedCache<bool> cache{kRefusedMax};
  return cache;
}

http::Permissions permissions_of_key(const ApiKeyRow& row) {
  const auto most = permissions_of_all(row.partner_id ? Side::partner : Side::organization);
  if (!row.scopes) return most;
  std::vector<http::Permission> scopes;
  for (const auto& word : *row.scopes)
    if (const auto permission = json::enum_from<http::Permission>(word)) scopes.push_back(*permission);
  return most & http::Permissions::of(scopes);
}

Task<std::optional<Known>> look_up_api_key(db::Pool& pool, std::string hash) {
  auto lease = co_await pool.acquire(db::Role::service);
  const auto target = co_await find_code(*lease, CodeKind::api_key, to_hex(hash));
  if (!target) co_return std::nullopt;
  const auto rows = co_await db::service_all(*lease, kFindApiKey, target->organization_id, target->target_id,
                                             db::Bytes{hash});
  if (rows.empty() || rows.front().revoked_at) co_return std::nullopt;
  const ApiKeyRow& row = rows.front();
  Known known;
  known.principal.kind = Principal::Kind::api_key;
  known.principal.scope = {target->organization_id,
                           row.partner_id ? db::ActorKind::partner : db::ActorKind::staff,
                           ActorId{target->target_id}, row.partner_id};
  known.principal.permissions = permissions_of_key(row);
  known.principal.key_prefix = to_hex(hash).substr(0, 8);
  known.principal.is_live = row.live;
  known.status = row.status;
  known.expires_at = row.expires_at;
  known.is_use_unnoted = !row.last_used_at || *row.last_used_at + std::chrono::minutes{1} < Clock::now();
  co_return known;
}

Task<std::optional<Known>> look_up_site_key(db::Pool& pool, std::string key) {
  auto lease = co_await pool.acquire(db::Role::service);
  const auto target = co_await find_code(*lease, CodeKind::site_key, key);
  if (!target) co_return std::nullopt;
  const auto rows =
      co_await db::service_all(*lease, kFindSiteKey, target->organization_id, target->target_id, key);
  if (rows.empty() || rows.front().revoked_at) co_return std::nullopt;
  Known known;
  known.principal.kind = Principal::Kind::site_key;
  known.principal.scope = {target->organization_id, db::ActorKind::system, ActorId{target->target_id},
                           std::nullopt};
  // Site routes alone admit it; what they store are leads.
  known.principal.permissions = {http::Permission::leads_manage};
  known.principal.key_prefix = to_hex(crypto::sha256(key)).substr(0, 8);
  known.status = rows.front().status;
  known.origins = rows.front().allowed_origins;
  co_return known;
}

/// The credentials of a request; empty when it brings none. Throws for an Authorization of another form.
std::string presented_key(const http::Request& request) {
  if (const auto header = request.header("authorization")) {
    constexpr std::string_view kScheme = "bearer ";
    const auto is_same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
    if (header->size() <= kScheme.size() || header->size() > kSecretBytesMax ||
        !std::ranges::equal(header->substr(0, kScheme.size()), kScheme, is_same))
      throw Problem(kUnauthenticated);
    return std::string(header->substr(kScheme.size()));
  }
  if (const auto header = request.header("x-site-key")) {
    if (!crypto::parse_site_key(*header)) throw Problem(kUnauthenticated);
    return std::string(*header);
  }
  return {};
}

/// Whether this key may do this request, here and now.
void check(const Known& known, const http::Request& request) {
  if (known.expires_at && *known.expires_at <= Clock::now()) throw Problem(kUnauthenticated);
  if (known.status == OrganizationStatus::cancelled) throw Problem(kUnauthenticated);
  if (known.principal.kind == Principal::Kind::site_key) {
    const auto origin = request.header("origin").value_or("");
    const auto allows = [&](const Origin& o) { return o.str() == "*" || o.str() == origin; };
    if (origin.empty() || !std::ranges::any_of(known.origins, allows)) throw Problem(http::kOriginNotAllowed);
  }
  if (known.status == OrganizationStatus::suspended && http::changes_state(request.method))
    throw Problem(http::kOrganizationSuspended);
}

}  // namespace

Task<Principal> authenticate(db::Pool& pool, const http::Request& request, const http::Route& route) {
  const std::string key = presented_key(request);
  if (key.empty()) {
    const auto session = presented_session(request);
    co_return session ? co_await authenticate_session(pool, request, route, *session) : Principal{};
  }
  const bool is_site_key = crypto::parse_site_key(key).has_value();
  if (!is_site_key && !crypto::parse_api_key(key)) throw Problem(kUnauthenticated);
  // Secrets themselves are not kept in memory.
  const std::string hash = crypto::sha256(key);
  if (const Known* known = known_keys().find(hash)) {
    check(*known, request);
    co_return known->principal;
  }
  if (refused_keys().find(hash) != nullptr) throw Problem(kUnauthenticated);
  const std::optional<Known> found =
      is_site_key ? co_await look_up_site_key(pool, key) : co_await look_up_api_key(pool, hash);
  if (!found) {
    refused_keys().put(hash, true, kKeep);
    throw Problem(kUnauthenticated);
  }
  known_keys().put(hash, *found, kKeep);
  if (found->is_use_unnoted && found->status == OrganizationStatus::active)
    co_await note_key_use(pool, found->principal.scope.organization_id,
                          ApiKeyId{found->principal.scope.actor_id.uuid()});
  check(*found, request);
  co_return found->principal;
}

}  // namespace tandem::identity
