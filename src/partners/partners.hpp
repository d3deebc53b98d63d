// Partners: who sells with or for an organization. Staff make and move them; a partner sees itself and may
// change how it is reached.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "partners/api.hpp"

namespace tandem::partners {

enum class PartnerKind : int { affiliate, reseller, corporate };
BOOST_DESCRIBE_ENUM(PartnerKind, affiliate, reseller, corporate)

struct CreatePartner {
  Text<1, 200> name;
  std::optional<PartnerKind> kind;  // affiliate unless told
  std::optional<Slug> slug;         // made of the name unless told
  std::optional<Url> website;
  std::optional<Email> contact_email;
  std::optional<Country> country;
  std::optional<Currency> currency;  // of its payouts
  std::optional<Text<1, 120>> external_id;
  std::optional<JsonObject> metadata;
  std::optional<bool> approved;  // true: active at once, false: applied; unset: as the organization has set
};
BOOST_DESCRIBE_STRUCT(CreatePartner, (),
                      (name, kind, slug, website, contact_email, country, currency, external_id, metadata,
                       approved))

struct Partner {
  PartnerId id;
  PartnerKind kind{};
  Slug slug;
  std::string name;
  std::optional<Url> website;
  std::optional<Email> contact_email;
  std::optional<Country> country;
  std::optional<Currency> currency;
  std::optional<std::string> external_id;
  JsonObject metadata;
  PartnerState state{};
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(Partner, (),
                      (id, kind, slug, name, website, contact_email, country, currency, external_id, metadata,
                       state, created_at, updated_at))

struct ListPartners {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<Text<1, 120>> q;  // beginning of a word of the name, of the slug or of the e-mail
  std::optional<PartnerState> state;
  std::optional<PartnerKind> kind;
  std::optional<Country> country;
  std::optional<Text<1, 120>> external_id;
};
BOOST_DESCRIBE_STRUCT(ListPartners, (), (cursor, limit, sort, q, state, kind, country, external_id))

/// What is absent or null stays as it is.
struct UpdatePartner {
  std::optional<Text<1, 200>> name;
  std::optional<Url> website;
  std::optional<Email> contact_email;
  std::optional<Country> country;  // staff only, as all below
  std::optional<Currency> currency;
  std::optional<Text<1, 120>> external_id;
  std::optional<JsonObject> metadata;
};
BOOST_DESCRIBE_STRUCT(UpdatePartner, (),
                      (name, website, contact_email, country, currency, external_id, metadata))

Task<Partner> create_partner(db::Tx& tx, CreatePartner request);
void declare_partners(http::Routes& routes);

}  // namespace tandem::partners
