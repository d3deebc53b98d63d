#include "identity/site_keys.hpp"

#include "crypto/token.hpp"

namespace tandem::identity {

namespace {

constexpr std::size_t kOriginsMax = 50;
constexpr std::size_t kOriginBytesMax = 260;  // a host of 253, its scheme and a port

const db::Query<SiteKey(SiteKeyId, Text<1, 120>, std::string, std::vector<Origin>)> kInsertSiteKey{
    "identity.insert_site_key", R"sql(
  insert into app.site_keys as k (organization_id, id, name, key, allowed_origins)
  values ($1, $2, $3, $4, $5)
  returning k.id, k.name, k.key, k.allowed_origins, k.revoked_at, k.created_at, k.updated_at
)sql"};

const db::Query<SiteKey(SiteKeyId)> kSiteKey{"identity.site_key", R"sql(
  select k.id, k.name, k.key, k.allowed_origins, k.revoked_at, k.created_at, k.updated_at
  from app.site_keys k
  where k.organization_id = $1 and k.id = $2
)sql"};

const db::ListQuery<SiteKey(std::optional<bool>)> kListSiteKeys{
    "identity.list_site_keys",
    R"sql(
  select k.id, k.name, k.key, k.allowed_origins, k.revoked_at, k.created_at, k.updated_at
  from app.site_keys k
  where k.organization_id = $1 and ($2::boolean is null or (k.revoked_at is not null) = $2)
)sql",
    "k.id",
    {{"created_at", "k.created_at", "timestamptz"}, {"name", "k.name", "text"}}};

const db::Query<SiteKey(SiteKeyId, std::optional<Text<1, 120>>, std::optional<std::vector<Origin>>)>
    kUpdateSiteKey{"identity.update_site_key", R"sql(
  update app.site_keys as k
  set name = coalesce($3, k.name), allowed_origins = coalesce($4, k.allowed_origins)
  where k.organization_id = $1 and k.id = $2
  returning k.id, k.name, k.key, k.allowed_origins, k.revoked_at, k.created_at, k.updated_at
)sql"};

const db::Query<http::RowVersion(SiteKeyId)> kSiteKeyVersion{"identity.site_key_version", R"sql(
  select k.updated_at from app.site_keys k where k.organization_id = $1 and k.id = $2 for no key update
)sql"};

const db::Query<SiteKey(SiteKeyId, Timestamp)> kRevokeSiteKey{"identity.revoke_site_key", R"sql(
  update app.site_keys as k set revoked_at = $3
  where k.organization_id = $1 and k.id = $2 and k.revoked_at is null
  returning k.id, k.name, k.key, k.allowed_origins, k.revoked_at, k.created_at, k.updated_at
)sql"};

void check_origins(const std::vector<Origin>& origins) {
  if (origins.empty() || origins.size() > kOriginsMax)
    throw invalid_field("/allowed_origins", "out_of_range", "1 to 50 origins");
}

Task<SiteKey> get_site_key(db::Tx& tx, SiteKeyId id) {
  auto found = co_await tx.maybe(kSiteKey, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<Page<SiteKey>> list_site_keys(db::Tx& tx, ListSiteKeys query) {
  co_return co_await tx.page(kListSiteKeys, query.sort ? query.sort->str() : "", query.cursor,
                             query.limit.value_or(PageLimit{}), query.revoked);
}

Task<SiteKey> update_site_key(db::Tx& tx, SiteKeyId id, UpdateSiteKey change) {
  if (change.allowed_origins) check_origins(*change.allowed_origins);
  auto updated = co_await identity::change(tx, db::call(kSiteKey, id),
                                           db::call(kUpdateSiteKey, id, change.name, change.allowed_origins));
  if (!updated) throw Problem(kNotFound);
  co_return *std::move(updated);
}

Task<SiteKey> revoke_site_key(db::Tx& tx, SiteKeyId id) {
  auto revoked =
      co_await identity::change(tx, db::call(kSiteKey, id), db::call(kRevokeSiteKey, id, tx.now()));
  if (revoked) co_return *std::move(revoked);
  co_await get_site_key(tx, id);  // 404 when there is none
  throw Problem(kState, "The key is revoked already.");
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '[' || c == ']';
}

}  // namespace

std::optional<Origin> Origin::parse(std::string_view text) {
  Origin out;
  out.value_ = text;
  if (text == "*") return out;
  if (text.size() > kOriginBytesMax) return std::nullopt;
  std::string_view rest = text;
  const bool is_secure = rest.starts_with("https://");
  if (!is_secure && !rest.starts_with("http://")) return std::nullopt;
  rest.remove_prefix(is_secure ? 8 : 7);
  const bool is_ipv6 = rest.starts_with('[');
  const auto colon = is_ipv6 ? rest.find(':', rest.find(']')) : rest.find(':');
  const auto host = rest.substr(0, colon);
  if (is_ipv6) {
    if (host.size() < 4 || !host.ends_with(']') ||
        host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdef:.") != std::string_view::npos)
      return std::nullopt;
  } else if (host.empty() || host.front() == '.' || host.front() == '-' ||
             !std::ranges::all_of(host, is_host_character) || host.contains('[') || host.contains(']')) {
    return std::nullopt;
  }
  if (colon == std::string_view::npos) return out;
  // A browser never sends the scheme's own port, so such an origin would never match.
  const auto port = rest.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.front() == '0' ||
      port.find_first_not_of("0123456789") != std::string_view::npos || port == (is_secure ? "443" : "80"))
    return std::nullopt;
  if (port.size() == 5 && port > "65535") return std::nullopt;
  return out;
}

Task<SiteKey> create_site_key(db::Tx& tx, CreateSiteKey request) {
  check_origins(request.allowed_origins);
  const std::string key = crypto::new_site_key(true);
  const auto id = tx.new_id<SiteKeyId>();
  SiteKey created = co_await tx.one(kInsertSiteKey, id, request.name, key, request.allowed_origins);
  const bool claimed = co_await claim_code(tx, CodeKind::site_key, key, id.uuid());
  TANDEM_ASSERT(claimed, "a new site key is registered already");
  co_return created;
}

Task<std::string> issue_site_key(db::Tx& tx, Text<1, 120> name, std::vector<std::string> allowed_origins) {
  CreateSiteKey request;
  request.name = std::move(name);
  for (const auto& text : allowed_origins) {
    auto origin = Origin::parse(text);
    if (!origin) throw invalid_field("/allowed_origins", "malformed", "scheme://host[:port] or *");
    request.allowed_origins.push_back(*std::move(origin));
  }
  const SiteKey created = co_await create_site_key(tx, std::move(request));
  co_return created.key;
}

void declare_site_keys(http::Routes& routes) {
  routes.tag("keys");
  routes.post("/api/site-keys", create_site_key)
      .says("Create a site key for a website's origins")
      .allow(http::Access::staff)
      .needs(http::Permission::keys_manage)
      .as(db::Role::write);
  routes.get("/api/site-keys", list_site_keys)
      .says("List site keys")
      .allow(http::Access::staff)
      .needs(http::Permission::keys_manage)
      .as(db::Role::read);
  routes.get("/api/site-keys/{site_key_id}", get_site_key)
      .says("Get a site key")
      .allow(http::Access::staff)
      .needs(http::Permission::keys_manage)
      .as(db::Role::read);
  routes.patch("/api/site-keys/{site_key_id}", update_site_key)
      .says("Change a site key's name and allowed origins")
      .allow(http::Access::staff)
      .needs(http::Permission::keys_manage)
      .as(db::Role::write)
      .versioned(kSiteKeyVersion);
  routes.post("/api/site-keys/{site_key_id}/revocation", revoke_site_key)
      .says("Revoke a site key: it is refused within a second")
      .allow(http::Access::staff)
      .needs(http::Permission::keys_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
}

}  // namespace tandem::identity
