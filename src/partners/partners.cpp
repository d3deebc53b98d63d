#include "partners/partners.hpp"

#include <fmt/format.h>

#include <array>

#include "events/event.hpp"
#include "identity/api.hpp"
#include "partners/deals.hpp"

namespace tandem::partners {

namespace {

inline constexpr ProblemKind kExternalIdTaken{409, "external_id_taken",
                                              "Another partner has this external id"};

const db::Query<db::Nothing(PartnerId, PartnerKind, Slug, Text<1, 200>, std::optional<Text<1, 200>>,
                            std::optional<Text<1, 100>>, std::optional<Text<1, 100>>,
                            std::optional<Text<1, 200>>, std::optional<Email>, std::optional<Phone>,
                            std::optional<Url>, std::optional<Address>, std::optional<Country>,
                            std::optional<Currency>, std::optional<Locale>, std::optional<TimeZone>,
                            PartnerSettings, std::optional<Text<1, 120>>, JsonObject, PartnerState)>
    kInsertPartner{"partners.insert_partner", R"sql(
  insert into app.partners (organization_id, id, kind, slug, name, legal_name, tax_id, registration_number,
    contact_name, contact_email, contact_phone, website, address, country, currency, locale, time_zone, settings,
    external_id, metadata, status)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
)sql"};

struct Taken {
  Slug slug;
};
BOOST_DESCRIBE_STRUCT(Taken, (), (slug))
const db::Query<Taken(Slug)> kSlugInUse{"partners.slug_in_use", R"sql(
  select p.slug from app.partners p where p.organization_id = $1 and p.slug = $2
)sql"};

const db::Query<Partner(PartnerId)> kPartner{"partners.partner", R"sql(
  select p.id, p.kind, p.slug, p.name, p.legal_name, p.tax_id, p.registration_number, p.contact_name,
         p.contact_email, p.contact_phone, p.website, p.address, p.country, p.currency, p.locale, p.time_zone,
         p.settings, p.external_id, p.metadata, p.status as state, p.state_reason, p.state_changed_at,
         p.created_at, p.updated_at
  from app.partners p
  where p.organization_id = $1 and p.id = $2
)sql"};

const db::Query<http::RowVersion(PartnerId)> kPartnerVersion{"partners.partner_version", R"sql(
  select p.updated_at from app.partners p where p.organization_id = $1 and p.id = $2 for no key update
)sql"};

// A column per right: a partner's request may name only the columns that a partner may change.
const db::Query<db::Nothing(PartnerId, std::vector<std::string>, std::optional<Text<1, 200>>,
                            std::optional<Text<1, 200>>, std::optional<Email>, std::optional<Phone>,
                            std::optional<Url>, std::optional<Address>, std::optional<Locale>,
                            std::optional<TimeZone>, std::optional<PartnerSettings>)>
    kUpdateContact{"partners.update_contact", R"sql(
  update app.partners as p
  set name = coalesce($4, p.name),
      contact_name = case when 'contact_name' = any ($3) then $5 else p.contact_name end,
      contact_email = case when 'contact_email' = any ($3) then $6 else p.contact_email end,
      contact_phone = case when 'contact_phone' = any ($3) then $7 else p.contact_phone end,
      website = case when 'website' = any ($3) then $8 else p.website end,
      address = case when 'address' = any ($3) then $9 else p.address end,
      locale = case when 'locale' = any ($3) then $10 else p.locale end,
      time_zone = case when 'time_zone' = any ($3) then $11 else p.time_zone end,
      settings = coalesce($12, p.settings)
  where p.organization_id = $1 and p.id = $2
)sql"};

const db::Query<db::Nothing(PartnerId, std::vector<std::string>, std::optional<Text<1, 200>>,
                            std::optional<Text<1, 100>>, std::optional<Text<1, 100>>, std::optional<Country>,
                            std::optional<Currency>, std::optional<Text<1, 120>>, std::optional<JsonObject>)>
    kUpdateBusiness{"partners.update_business", R"sql(
  update app.partners as p
  set legal_name = case when 'legal_name' = any ($3) then $4 else p.legal_name end,
      tax_id = case when 'tax_id' = any ($3) then $5 else p.tax_id end,
      registration_number = case when 'registration_number' = any ($3) then $6 else p.registration_number end,
      country = case when 'country' = any ($3) then $7 else p.country end,
      currency = case when 'currency' = any ($3) then $8 else p.currency end,
      external_id = case when 'external_id' = any ($3) then $9 else p.external_id end,
      metadata = coalesce($10, p.metadata)
  where p.organization_id = $1 and p.id = $2
)sql"};

/// What only staff change.
constexpr std::array<std::string_view, 7> kBusiness{
    "legal_name", "tax_id", "registration_number", "country", "currency", "external_id", "metadata"};

/// A free slug made of the name; another partner's is told apart by the end of the new id.
Task<Slug> free_slug(db::Tx& tx, std::string name, PartnerId id) {
  Slug slug = Slug::from(name);
  if (!co_await tx.maybe(kSlugInUse, slug)) co_return slug;
  std::string text = slug.str().substr(0, 50);
  while (text.ends_with('-')) text.pop_back();
  const std::string tail = id.str().substr(28);
  co_return Slug::parse(text + "-" + tail).value_or(Slug::from(id.str()));
}

Task<Partner> update_partner(db::Tx& tx, PartnerId id, UpdatePartner change) {
  const auto names = json::given(change);
  const bool is_business = std::ranges::any_of(
      names, [](const auto& name) { return std::ranges::find(kBusiness, name) != kBusiness.end(); });
  const Partner before = co_await get_partner(tx, id);  // another partner: 404, as if it were not there
  if (is_business && tx.scope().actor_kind == db::ActorKind::partner)
    throw Problem(kForbidden, "A partner changes how it is reached; the rest its organization does.");
  if (is_business)
    tx.later(kUpdateBusiness, id, names, change.legal_name.value(), change.tax_id.value(),
             change.registration_number.value(), change.country.value(), change.currency.value(),
             change.external_id.value(), change.metadata);
  tx.later(kUpdateContact, id, names, change.name, change.contact_name.value(), change.contact_email.value(),
           change.contact_phone.value(), change.website.value(), change.address.value(),
           change.locale.value(), change.time_zone.value(), change.settings);
  index_again(tx, id);
  Partner after = co_await get_partner(tx, id);
  identity::note_change(tx, before, after,
                        {"contact_name", "contact_email", "contact_phone", "address", "tax_id"});
  co_return after;
}

}  // namespace

Task<Partner> get_partner(db::Tx& tx, PartnerId id) {
  auto found = co_await tx.maybe(kPartner, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<Partner> create_partner(db::Tx& tx, CreatePartner request) {
  const auto id = tx.new_id<PartnerId>();
  bool is_approved = request.approved.value_or(false);
  if (!request.approved) is_approved = (co_await identity::organization_defaults(tx)).approves_partners;
  Slug slug;
  if (request.slug)
    slug = *request.slug;
  else
    slug = co_await free_slug(tx, request.name.str(), id);
  const auto state = is_approved ? PartnerState::active : PartnerState::applied;
  tx.later(kInsertPartner, id, request.kind.value_or(PartnerKind::affiliate), slug, request.name,
           request.legal_name, request.tax_id, request.registration_number, request.contact_name,
           request.contact_email, request.contact_phone, request.website, request.address, request.country,
           request.currency, request.locale, request.time_zone, request.settings.value_or(PartnerSettings{}),
           request.external_id, request.metadata.value_or(JsonObject{}), state);
  index_new(tx, {id});
  events::OutboxRow row{"partner.created", id, id.uuid(),
                        fmt::format(R"({{"state":"{}"}})", json::enum_name(state))};
  events::record(tx, std::array{std::move(row)});
  Partner partner = co_await get_partner(tx, id);
  if (is_approved) co_await give_default_deal(tx, id);
  co_return partner;
}

void declare_partners(http::Routes& routes) {
  routes.tag("partners");
  routes.map_constraint("partners_slug_key", identity::kSlugTaken);
  routes.map_constraint("partners_external_id", kExternalIdTaken);
  routes.post("/api/partners", create_partner)
      .says("Create a partner")
      .allow(http::Access::staff)
      .needs(http::Permission::partners_manage)
      .as(db::Role::write)
      .refuses({&identity::kSlugTaken, &kExternalIdTaken});
  routes.get("/api/partners", list_partners)
      .says("List partners")
      .explains(
          "`q` finds as you type: each word is the beginning of a word of the names, of the slug, of the contact "
          "e-mail or of the external id.")
      .allow(http::Access::staff)
      .needs(http::Permission::partners_read)
      .as(db::Role::read);
  routes.get("/api/partners/{partner_id}", get_partner)
      .says("Get a partner")
      .allow(http::Access::partner)
      .needs(http::Permission::partners_read)
      .as(db::Role::read);
  routes.patch("/api/partners/{partner_id}", update_partner)
      .says("Change a partner")
      .explains(
          "What is absent stays as it is, null clears. A partner changes its name and how it is reached (contact, "
          "website, address, locale, time zone, settings); the rest is for staff.")
      .allow(http::Access::partner)
      .needs(http::Permission::partners_manage)
      .as(db::Role::write)
      .versioned(kPartnerVersion)
      .refuses({&kExternalIdTaken});
  declare_moves(routes);
}

}  // namespace tandem::partners
