// Site keys: public keys by which a browser of an allowed origin names its organization. They open `site`
// routes only.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "identity/api.hpp"

namespace tandem::identity {

/// A web origin: scheme, host and port where it is not the scheme's own ("https://shop.example"), lower case;
/// or "*".
class Origin : public TextBase<Origin> {
 public:
  static constexpr std::string_view kFormat = "origin";
  static std::optional<Origin> parse(std::string_view text);
  auto operator<=>(const Origin&) const = default;
};

struct CreateSiteKey {
  Text<1, 120> name;
  std::vector<Origin> allowed_origins;  // 1 to 50
};
BOOST_DESCRIBE_STRUCT(CreateSiteKey, (), (name, allowed_origins))

struct SiteKey {
  SiteKeyId id;
  std::string name;
  std::string key;
  std::vector<Origin> allowed_origins;
  std::optional<Timestamp> revoked_at;
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(SiteKey, (), (id, name, key, allowed_origins, revoked_at, created_at, updated_at))

struct ListSiteKeys {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<bool> revoked;
};
BOOST_DESCRIBE_STRUCT(ListSiteKeys, (), (cursor, limit, sort, revoked))

/// What is absent stays as it is.
struct UpdateSiteKey {
  std::optional<Text<1, 120>> name;
  std::optional<std::vector<Origin>> allowed_origins;
};
BOOST_DESCRIBE_STRUCT(UpdateSiteKey, (), (name, allowed_origins))

Task<SiteKey> create_site_key(db::Tx& tx, CreateSiteKey request);
void declare_site_keys(http::Routes& routes);

}  // namespace tandem::identity
