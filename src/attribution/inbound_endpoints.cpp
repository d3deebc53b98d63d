#include "attribution/inbound_endpoints.hpp"

#include "attribution/chartmogul_poll.hpp"
#include "crypto/installation.hpp"
#include "crypto/random.hpp"
#include "crypto/token.hpp"
#include "identity/api.hpp"

namespace tandem::attribution {

namespace {

constexpr std::size_t kAddressLength = 32;         // of 31 characters: 158 bits
constexpr std::size_t kSecretsMax = 4;             // live at once
constexpr std::chrono::hours kOldSecretLives{24};  // after a rotation

/// One signing secret. The newest has no end.
struct StoredSecret {
  EndpointSecretText secret;
  std::optional<Timestamp> expires_at;
};
BOOST_DESCRIBE_STRUCT(StoredSecret, (), (secret, expires_at))
struct StoredSecrets {
  std::vector<StoredSecret> secrets;
};
BOOST_DESCRIBE_STRUCT(StoredSecrets, (), (secrets))

const db::Query<InboundEndpoint(EndpointId, std::string, Provider, Text<1, 120>, db::Bytes)> kInsertEndpoint{
    "attribution.insert_inbound_endpoint", R"sql(
  insert into app.inbound_endpoints as e (organization_id, id, address, provider, name, secrets)
  values ($1, $2, $3, $4, $5, $6)
  returning e.id, e.provider, e.name, e.address, '/api/inbound/' || e.address as path, e.state, e.created_at,
            e.updated_at
)sql"};

const db::Query<InboundEndpoint(EndpointId)> kEndpoint{"attribution.inbound_endpoint", R"sql(
  select e.id, e.provider, e.name, e.address, '/api/inbound/' || e.address as path, e.state, e.created_at,
         e.updated_at
  from app.inbound_endpoints e
  where e.organization_id = $1 and e.id = $2
)sql"};

const db::ListQuery<InboundEndpoint(std::optional<Provider>, std::optional<EndpointState>)> kListEndpoints{
    "attribution.list_inbound_endpoints",
    R"sql(
  select e.id, e.provider, e.name, e.address, '/api/inbound/' || e.address as path, e.state, e.created_at,
         e.updated_at
  from app.inbound_endpoints e
  where e.organization_id = $1
    and ($2::text is null or e.provider = $2)
    and ($3::text is null or e.state = $3)
)sql",
    "e.id",
    {{"created_at", "e.created_at", "timestamptz"}, {"name", "e.name", "text"}}};

struct SealedRow {
  EndpointId id;
  Provider provider{};
  EndpointState state{};
  db::Bytes secrets;
};
BOOST_DESCRIBE_STRUCT(SealedRow, (), (id, provider, state, secrets))

const db::Query<SealedRow(EndpointId)> kLockSecrets{"attribution.lock_inbound_secrets", R"sql(
  select e.id, e.provider, e.state, e.secrets
  from app.inbound_endpoints e
  where e.organization_id = $1 and e.id = $2
  for no key update
)sql"};

const db::Query<SealedRow(EndpointId)> kSecrets{"attribution.inbound_secrets", R"sql(
  select e.id, e.provider, e.state, e.secrets
  from app.inbound_endpoints e
  where e.organization_id = $1 and e.id = $2
)sql"};

// What a suspended organization is sent is kept and applied when it goes on; a cancelled one is not there.
const db::ServiceQuery<SealedRow(OrganizationId, Uuid)> kFindSecrets{"attribution.find_inbound_secrets",
                                                                     R"sql(
  select e.id, e.provider, e.state, e.secrets
  from app.inbound_endpoints e
  join app.organizations o on o.organization_id = e.organization_id
  where e.organization_id = $1 and e.id = $2 and o.status <> 'cancelled'
)sql"};

const db::Query<InboundEndpoint(EndpointId, db::Bytes)> kUpdateSecrets{"attribution.update_inbound_secrets",
                                                                       R"sql(
  update app.inbound_endpoints as e set secrets = $3
  where e.organization_id = $1 and e.id = $2
  returning e.id, e.provider, e.name, e.address, '/api/inbound/' || e.address as path, e.state, e.created_at,
            e.updated_at
)sql"};

const db::Query<InboundEndpoint(EndpointId)> kArchiveEndpoint{"attribution.archive_inbound_endpoint", R"sql(
  update app.inbound_endpoints as e set state = 'archived'
  where e.organization_id = $1 and e.id = $2 and e.state = 'active'
  returning e.id, e.provider, e.name, e.address, '/api/inbound/' || e.address as path, e.state, e.created_at,
            e.updated_at
)sql"};

db::Bytes seal(OrganizationId organization, EndpointId id, const StoredSecrets& secrets) {
  const std::string row = id.str();
  return {crypto::installed_envelope().seal({"inbound_endpoints", "secrets", organization, row},
                                            json::print(secrets))};
}

StoredSecrets open(OrganizationId organization, EndpointId id, const db::Bytes& sealed) {
  const std::string row = id.str();
  const auto plain =
      crypto::installed_envelope().open({"inbound_endpoints", "secrets", organization, row}, sealed.value);
  TANDEM_ASSERT(plain, "the secrets of endpoint {} do not open under this master key", row);
  return json::parse<StoredSecrets>(*plain);
}

/// The provider's secret, or one of ours; `is_ours` tells which.
EndpointSecretText secret_for(Provider provider, const std::optional<EndpointSecretText>& given) {
  if (given) {
    if (provider == Provider::generic && !crypto::webhook_key(given->str()))
      throw invalid_field("/secret", "malformed", "whsec_ and the base64 of 24 to 64 bytes");
    return *given;
  }
  if (provider != Provider::generic)
    throw invalid_field("/secret", "required", "the secret that the provider shows for this endpoint");
  return EndpointSecretText::parse(crypto::new_webhook_secret()).value();
}

InboundEndpointWithSecret shown(InboundEndpoint endpoint, const EndpointSecretText& secret, bool is_ours) {
  InboundEndpointWithSecret out;
  static_cast<InboundEndpoint&>(out) = std::move(endpoint);
  if (is_ours) out.secret = secret.str();
  return out;
}

Task<InboundEndpoint> get_endpoint(db::Tx& tx, EndpointId id) {
  auto found = co_await tx.maybe(kEndpoint, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<Page<InboundEndpoint>> list_endpoints(db::Tx& tx, ListInboundEndpoints query) {
  co_return co_await tx.page(kListEndpoints, query.sort ? query.sort->str() : "", query.cursor,
                             query.limit.value_or(PageLimit{}), query.provider, query.state);
}

Task<InboundEndpointWithSecret> rotate_secret(db::Tx& tx, EndpointId id, RotateInboundSecret request) {
  const auto row = co_await tx.maybe(kLockSecrets, id);
  if (!row) throw Problem(kNotFound);
  if (row->state != EndpointState::active)
    throw Problem(kState, "The endpoint is archived; a secret is rotated on an active one.");
  const auto secret = secret_for(row->provider, request.secret);
  const auto organization = tx.scope().organization_id;
  StoredSecrets next;
  next.secrets.push_back({secret, std::nullopt});
  const Timestamp end = tx.now() + kOldSecretLives;
  for (StoredSecret old : open(organization, id, row->secrets).secrets) {
    if (old.secret == secret || next.secrets.size() == kSecretsMax) continue;
    if (!old.expires_at || *old.expires_at > end) old.expires_at = end;
    if (*old.expires_at > tx.now()) next.secrets.push_back(std::move(old));
  }
  auto updated = co_await tx.one(kUpdateSecrets, id, seal(organization, id, next));
  co_return shown(std::move(updated), secret, !request.secret);
}

Task<InboundEndpoint> archive_endpoint(db::Tx& tx, EndpointId id) {
  auto archived = co_await identity::change(tx, db::call(kEndpoint, id), db::call(kArchiveEndpoint, id));
  if (archived) co_return *std::move(archived);
  co_await get_endpoint(tx, id);  // 404 when there is none
  throw Problem(kState, "The endpoint is archived already; archiving takes an active one.");
}

std::optional<LiveEndpoint> live(OrganizationId organization, const SealedRow& row) {
  if (row.state != EndpointState::active) return std::nullopt;
  LiveEndpoint out{organization, row.id, row.provider, {}};
  const Timestamp now = Clock::now();
  for (const auto& stored : open(organization, row.id, row.secrets).secrets)
    if (!stored.expires_at || *stored.expires_at > now) out.secrets.push_back(stored.secret.str());
  return out;
}

}  // namespace

Task<InboundEndpointWithSecret> create_inbound_endpoint(db::Tx& tx, CreateInboundEndpoint request) {
  const auto secret = secret_for(request.provider, request.secret);
  const auto id = tx.new_id<EndpointId>();
  const std::string address = crypto::random_text(kAddressLength);
  StoredSecrets secrets;
  secrets.secrets.push_back({secret, std::nullopt});
  const bool claimed = co_await identity::claim_code(tx, identity::CodeKind::inbound, address, id.uuid());
  TANDEM_ASSERT(claimed, "a new address is registered already");
  auto made = co_await tx.one(kInsertEndpoint, id, address, request.provider, request.name,
                              seal(tx.scope().organization_id, id, secrets));
  if (request.provider == Provider::chartmogul) co_await request_poll(tx, id);
  co_return shown(std::move(made), secret, !request.secret);
}

Task<std::optional<LiveEndpoint>> live_endpoint(db::Pool& pool, std::string address) {
  const auto target = co_await identity::resolve_code(pool, identity::CodeKind::inbound, std::move(address));
  if (!target) co_return std::nullopt;
  std::vector<SealedRow> rows;
  {
    auto lease = co_await pool.acquire(db::Role::service);
    rows = co_await db::service_all(*lease, kFindSecrets, target->organization_id, target->target_id);
  }
  if (rows.empty()) co_return std::nullopt;
  co_return live(target->organization_id, rows.front());
}

Task<std::optional<LiveEndpoint>> live_endpoint(db::Tx& tx, EndpointId id) {
  const auto row = co_await tx.maybe(kSecrets, id);
  if (!row) co_return std::nullopt;
  co_return live(tx.scope().organization_id, *row);
}

void declare_inbound_endpoints(http::Routes& routes) {
  routes.tag("inbound endpoints");
  routes.post("/api/inbound-endpoints", create_inbound_endpoint)
      .says("Create an address for a billing system's events")
      .explains(
          "`generic`: the signing secret is made here and shown once. `stripe`: give the endpoint's signing secret. "
          "`chartmogul`: give the API key.")
      .allow(http::Access::staff)
      .needs(http::Permission::integrations_manage)
      .sensitive()
      .as(db::Role::write)
      .shows_once("secret");
  routes.get("/api/inbound-endpoints", list_endpoints)
      .says("List inbound endpoints")
      .allow(http::Access::staff)
      .needs(http::Permission::integrations_read)
      .as(db::Role::read);
  routes.get("/api/inbound-endpoints/{endpoint_id}", get_endpoint)
      .says("Get an inbound endpoint")
      .allow(http::Access::staff)
      .needs(http::Permission::integrations_read)
      .as(db::Role::read);
  routes.post("/api/inbound-endpoints/{endpoint_id}/secrets", rotate_secret)
      .says("Rotate an endpoint's secret; the old one stays valid for 24 hours")
      .allow(http::Access::staff)
      .needs(http::Permission::integrations_manage)
      .sensitive()
      .as(db::Role::write)
      .refuses({&kState})
      .shows_once("secret");
  routes.post("/api/inbound-endpoints/{endpoint_id}/archiving", archive_endpoint)
      .says("Archive an endpoint: it answers 404 from then on")
      .allow(http::Access::staff)
      .needs(http::Permission::integrations_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
}

}  // namespace tandem::attribution
