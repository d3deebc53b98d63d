// Partners: who sells with or for an organization. Staff make and move them; a partner sees itself and
// changes how it is reached. Its life is in moves.cpp, its notes and tags in notes.cpp, how it is found in
// search.cpp.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "partners/api.hpp"

namespace tandem::partners {

enum class PartnerKind : int { affiliate, reseller, corporate, school };
BOOST_DESCRIBE_ENUM(PartnerKind, affiliate, reseller, corporate, school)

/// Where a partner is; the country is the partner's own.
struct Address {
  std::optional<Lines<300>> street;
  std::optional<Text<1, 120>> city, region;
  std::optional<Text<1, 20>> postal_code;
};
BOOST_DESCRIBE_STRUCT(Address, (), (street, city, region, postal_code))

struct PartnerSettings {
  bool auto_email_customers = true;  // what is delivered to its customers is mailed to them at once
};
BOOST_DESCRIBE_STRUCT(PartnerSettings, (), (auto_email_customers))

struct CreatePartner {
  Text<1, 200> name;                       // the company as its customers know it
  std::optional<Text<1, 200>> legal_name;  // as it is registered
  std::optional<PartnerKind> kind;         // affiliate unless told
  std::optional<Slug> slug;                // made of the name unless told
  std::optional<Text<1, 100>> tax_id, registration_number;
  std::optional<Text<1, 200>> contact_name;
  std::optional<Email> contact_email;
  std::optional<Phone> contact_phone;
  std::optional<Url> website;
  std::optional<Address> address;
  std::optional<Country> country;
  std::optional<Currency> currency;  // of its payouts
  std::optional<Locale> locale;
  std::optional<TimeZone> time_zone;
  std::optional<PartnerSettings> settings;
  std::optional<Text<1, 120>> external_id;
  std::optional<JsonObject> metadata;
  std::optional<bool> approved;  // true: active at once, false: applied; unset: as the organization has set
};
BOOST_DESCRIBE_STRUCT(CreatePartner, (),
                      (name, legal_name, kind, slug, tax_id, registration_number, contact_name, contact_email,
                       contact_phone, website, address, country, currency, locale, time_zone, settings,
                       external_id, metadata, approved))

struct Partner {
  PartnerId id;
  PartnerKind kind{};
  Slug slug;
  std::string name;
  std::optional<std::string> legal_name, tax_id, registration_number, contact_name;
  std::optional<Email> contact_email;
  std::optional<Phone> contact_phone;
  std::optional<Url> website;
  std::optional<Address> address;
  std::optional<Country> country;
  std::optional<Currency> currency;
  std::optional<Locale> locale;
  std::optional<TimeZone> time_zone;
  PartnerSettings settings;
  std::optional<std::string> external_id;
  JsonObject metadata;
  PartnerState state{};
  std::optional<std::string> state_reason;  // of the rejection or suspension
  Timestamp state_changed_at, created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(Partner, (),
                      (id, kind, slug, name, legal_name, tax_id, registration_number, contact_name,
                       contact_email, contact_phone, website, address, country, currency, locale, time_zone,
                       settings, external_id, metadata, state, state_reason, state_changed_at, created_at,
                       updated_at))

struct ListPartners {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<Text<1, 120>> q;  // beginnings of words of the names, the slug, the e-mail or the external id
  std::optional<PartnerState> state;
  std::optional<PartnerKind> kind;
  std::optional<Country> country;
  std::optional<Text<1, 40>> tag;
  std::optional<Text<1, 120>> external_id;
};
BOOST_DESCRIBE_STRUCT(ListPartners, (), (cursor, limit, sort, q, state, kind, country, tag, external_id))

/// Absent keeps what there is, null clears it. A partner changes of itself what stands above `legal_name`.
struct UpdatePartner {
  std::optional<Text<1, 200>> name;
  Patch<Text<1, 200>> contact_name;
  Patch<Email> contact_email;
  Patch<Phone> contact_phone;
  Patch<Url> website;
  Patch<Address> address;
  Patch<Locale> locale;
  Patch<TimeZone> time_zone;
  std::optional<PartnerSettings> settings;
  Patch<Text<1, 200>> legal_name;  // staff only, as all below
  Patch<Text<1, 100>> tax_id, registration_number;
  Patch<Country> country;
  Patch<Currency> currency;
  Patch<Text<1, 120>> external_id;
  std::optional<JsonObject> metadata;
};
BOOST_DESCRIBE_STRUCT(UpdatePartner, (),
                      (name, contact_name, contact_email, contact_phone, website, address, locale, time_zone,
                       settings, legal_name, tax_id, registration_number, country, currency, external_id,
                       metadata))

Task<Partner> create_partner(db::Tx& tx, CreatePartner request);
/// Throws Problem kNotFound.
Task<Partner> get_partner(db::Tx& tx, PartnerId id);
void declare_partners(http::Routes& routes);

// ------------------------------------------------------------------ moves.cpp

struct Reason {
  Text<1, 500> reason;  // told to the partner
};
BOOST_DESCRIBE_STRUCT(Reason, (), (reason))

Task<Partner> approve_partner(db::Tx& tx, PartnerId id);
Task<Partner> reject_partner(db::Tx& tx, PartnerId id, Reason why);
void declare_moves(http::Routes& routes);

// ------------------------------------------------------------------ search.cpp

/// Queues the words by which these partners are found: of new ones, or anew of one that changed.
void index_new(db::Tx& tx, const std::vector<PartnerId>& ids);
void index_again(db::Tx& tx, PartnerId id);
/// The list of partners: filters, search, sort and cursor.
Task<Page<Partner>> list_partners(db::Tx& tx, ListPartners query);

}  // namespace tandem::partners
