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
  std::optional<PartnerId> partner_id;                  // of kind partner
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
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(ApiKey, (),
                      (id, name, kind, partner_id, mode, scopes, prefix, expires_at, revoked_at, created_at))

/// The only answer with the secret; null when the same call is repeated.
struct CreatedApiKey : ApiKey {
  std::optional<std::string> secret;
};
BOOST_DESCRIBE_STRUCT(CreatedApiKey, (ApiKey), (secret))

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
void declare_api_keys(http::Routes& routes);

}  // namespace tandem::identity
