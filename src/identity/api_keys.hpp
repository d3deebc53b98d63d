// API keys: what servers call with. The secret is shown once and never stored; its SHA-256 finds the key.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "identity/api.hpp"

namespace tandem::identity {

/// A key of the organization's staff sees the whole organization; one of a partner, that partner's rows.
enum class KeyKind : int { staff, partner };
BOOST_DESCRIBE_ENUM(KeyKind, staff, partner)
enum class KeyMode : int { live, test };
BOOST_DESCRIBE_ENUM(KeyMode, live, test)

struct CreateApiKey {
  Text<1, 120> name;
  KeyKind kind{};
  std::optional<PartnerId> partner_id;                  // of kind partner; of a partner's maker its own
  std::optional<KeyMode> mode;                          // live unless told
  std::optional<std::vector<http::Permission>> scopes;  // what it may do; all that its kind may unless told
  std::optional<Timestamp> expires_at;
};
BOOST_DESCRIBE_STRUCT(CreateApiKey, (), (name, kind, partner_id, mode, scopes, expires_at))

struct ApiKey {
  ApiKeyId id;
  std::string name;
  KeyKind kind{};
  std::optional<PartnerId> partner_id;
  KeyMode mode{};
  std::optional<std::vector<http::Permission>> scopes;  // null: all that its kind may
  std::string prefix;
  std::optional<Timestamp> expires_at, revoked_at;
  std::optional<Timestamp> last_used_at;  // to the minute
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(ApiKey, (),
                      (id, name, kind, partner_id, mode, scopes, prefix, expires_at, revoked_at, last_used_at,
                       created_at))

/// The only answer with the secret; null when the same call is repeated.
struct CreatedApiKey : ApiKey {
  std::optional<std::string> secret;
};
BOOST_DESCRIBE_STRUCT(CreatedApiKey, (ApiKey), (secret))

/// A new secret for a key: the old one goes on for a while, so that nothing stops while it is exchanged.
struct RotateApiKey {
  std::optional<std::int32_t> keep_hours;  // how long the old secret is still taken, 0 to 168; 24 unless told
};
BOOST_DESCRIBE_STRUCT(RotateApiKey, (), (keep_hours))

struct ListApiKeys {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<KeyKind> kind;
  std::optional<PartnerId> partner_id;
  std::optional<bool> revoked;
};
BOOST_DESCRIBE_STRUCT(ListApiKeys, (), (cursor, limit, sort, kind, partner_id, revoked))

/// Throws Problem kForbidden for scopes that `grantor` does not have itself.
Task<CreatedApiKey> create_api_key(db::Tx& tx, http::Permissions grantor, CreateApiKey request);
/// Writes down that a key is in use, unless that was done within the last minute. Throws nothing: a request
/// does not fail because of it.
Task<> note_key_use(db::Pool& pool, OrganizationId organization_id, ApiKeyId id);
void declare_api_keys(http::Routes& routes);

}  // namespace tandem::identity
