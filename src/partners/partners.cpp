#include "partners/partners.hpp"

#include <fmt/format.h>

#include <array>

#include "events/event.hpp"
#include "identity/api.hpp"
#include "partners/rules.hpp"

namespace tandem::partners {

namespace {

inline constexpr ProblemKind kExternalIdTaken{409, "external_id_taken",
                                              "Another partner has this external id"};

const db::Query<Partner(PartnerId, PartnerKind, Slug, Text<1, 200>, std::optional<Url>, std::optional<Email>,
                        std::optional<Country>, std::optional<Currency>, std::optional<Text<1, 120>>,
                        JsonObject, PartnerState)>
    kInsertPartner{"partners.insert_partner", R"sql(
  insert into app.partners as p (organization_id, id, kind, slug, name, website, contact_email, country,
                                 currency, external_id, metadata, status)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
  returning p.id, p.kind, p.slug, p.name, p.website, p.contact_email, p.country, p.currency, p.external_id,
            p.metadata, p.status as state, p.created_at, p.updated_at
)sql"};

struct Taken {
  Slug slug;
};
BOOST_DESCRIBE_STRUCT(Taken, (), (slug))
const db::Query<Taken(Slug)> kSlugInUse{"partners.slug_in_use", R"sql(
  select p.slug from app.partners p where p.organization_id = $1 and p.slug = $2
)sql"};

const db::Query<Partner(PartnerId)> kPartner{"partners.partner", R"sql(
  select p.id, p.kind, p.slug, p.name, p.website, p.contact_email, p.country, p.currency, p.external_id,
         p.metadata, p.status as state, p.created_at, p.updated_at
  from app.partners p
  where p.organization_id = $1 and p.id = $2
)sql"};

struct StateRow {
  PartnerState state{};
};
BOOST_DESCRIBE_STRUCT(StateRow, (), (state))
const db::Query<StateRow(PartnerId)> kPartnerState{"partners.partner_state", R"sql(
  select p.status as state from app.partners p where p.organization_id = $1 and p.id = $2
)sql"};

const db::ListQuery<Partner(std::optional<std::string>, std::optional<PartnerState>,
                            std::optional<PartnerKind>, std::optional<Country>, std::optional<Text<1, 120>>)>
    kListPartners{"partners.list_partners",
                  R"sql(
  select p.id, p.kind, p.slug, p.name, p.website, p.contact_email, p.country, p.currency, p.external_id,
         p.metadata, p.status as state, p.created_at, p.updated_at
  from app.partners p
  where p.organization_id = $1
    and ($2::text is null or position(' ' || lower($2) in ' ' || lower(p.name)) > 0
         or starts_with(p.slug, lower($2)) or starts_with(lower(p.contact_email), lower($2)))
    and ($3::text is null or p.status = $3)
    and ($4::text is null or p.kind = $4)
    and ($5::text is null or p.country = $5)
    and ($6::text is null or p.external_id = $6)
)sql",
                  "p.id",
                  {{"created_at", "p.created_at", "timestamptz"},
                   {"name", "p.name", "text"},
                   {"updated_at", "p.updated_at", "timestamptz"}}};

const db::Query<Partner(PartnerId, std::optional<Text<1, 200>>, std::optional<Url>, std::optional<Email>,
                        std::optional<Country>, std::optional<Currency>, std::optional<Text<1, 120>>,
                        std::optional<JsonObject>)>
    kUpdatePartner{"partners.update_partner", R"sql(
  update app.partners as p
  set name = coalesce($3, p.name), website = coalesce($4, p.website),
      contact_email = coalesce($5, p.contact_email), country = coalesce($6, p.country),
      currency = coalesce($7, p.currency), external_id = coalesce($8, p.external_id),
      metadata = coalesce($9, p.metadata)
  where p.organization_id = $1 and p.id = $2
  returning p.id, p.kind, p.slug, p.name, p.website, p.contact_email, p.country, p.currency, p.external_id,
            p.metadata, p.status as state, p.created_at, p.updated_at
)sql"};

const db::Query<Partner(PartnerId, PartnerState, std::vector<PartnerState>)> kMovePartner{
    "partners.move_partner", R"sql(
  update app.partners as p set status = $3
  where p.organization_id = $1 and p.id = $2 and p.status = any ($4)
  returning p.id, p.kind, p.slug, p.name, p.website, p.contact_email, p.country, p.currency, p.external_id,
            p.metadata, p.status as state, p.created_at, p.updated_at
)sql"};

/// A free slug made of the name; another partner's is told apart by the end of the new id.
Task<Slug> free_slug(db::Tx& tx, std::string name, PartnerId id) {
  Slug slug = Slug::from(name);
  if (!co_await tx.maybe(kSlugInUse, slug)) co_return slug;
  std::string text = slug.str().substr(0, 50);
  while (text.ends_with('-')) text.pop_back();
  const std::string tail = id.str().substr(28);
  co_return Slug::parse(text + "-" + tail).value_or(Slug::from(id.str()));
}

Task<Page<Partner>> list_partners(db::Tx& tx, ListPartners query) {
  const auto text = query.q ? std::optional{query.q->str()} : std::nullopt;
  co_return co_await tx.page(kListPartners, query.sort ? query.sort->str() : "", query.cursor,
                             query.limit.value_or(PageLimit{}), text, query.state, query.kind, query.country,
                             query.external_id);
}

Task<Partner> get_partner(db::Tx& tx, PartnerId id) {
  auto found = co_await tx.maybe(kPartner, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<Partner> update_partner(db::Tx& tx, PartnerId id, UpdatePartner change) {
  const bool is_staff_only = change.country || change.currency || change.external_id || change.metadata;
  if (tx.scope().actor_kind == db::ActorKind::partner && is_staff_only) {
    co_await get_partner(tx, id);  // another partner: 404, as if it were not there
    throw Problem(kForbidden, "A partner changes its name, website and contact e-mail only.");
  }
  auto updated = co_await tx.maybe(kUpdatePartner, id, change.name, change.website, change.contact_email,
                                   change.country, change.currency, change.external_id, change.metadata);
  if (!updated) throw Problem(kNotFound);
  co_return *std::move(updated);
}

void record_move(db::Tx& tx, const Partner& partner, PartnerMove move) {
  events::OutboxRow row;
  row.kind = fmt::format("partner.{}", json::enum_name(move));
  row.partner_id = partner.id;
  row.subject_id = partner.id.uuid();
  row.body = fmt::format(R"({{"state":"{}"}})", json::enum_name(partner.state));
  events::record(tx, std::array{std::move(row)});
}

Task<Partner> move_partner(db::Tx& tx, PartnerId id, PartnerMove move) {
  const auto rule = allowed(move);
  auto moved = co_await tx.maybe(kMovePartner, id, rule.to, rule.from);
  if (!moved) {
    const auto state = co_await state_of(tx, id);
    if (!state) throw Problem(kNotFound);
    throw wrong_state(move, *state);
  }
  record_move(tx, *moved, move);
  if (rule.to == PartnerState::archived) co_await identity::revoke_keys_of(tx, id);
  co_return *std::move(moved);
}

Task<Partner> approve(db::Tx& tx, PartnerId id) { return move_partner(tx, id, PartnerMove::approval); }
Task<Partner> reject(db::Tx& tx, PartnerId id) { return move_partner(tx, id, PartnerMove::rejection); }
Task<Partner> suspend(db::Tx& tx, PartnerId id) { return move_partner(tx, id, PartnerMove::suspension); }
Task<Partner> reactivate(db::Tx& tx, PartnerId id) { return move_partner(tx, id, PartnerMove::reactivation); }
Task<Partner> archive(db::Tx& tx, PartnerId id) { return move_partner(tx, id, PartnerMove::archiving); }

void declare_moves(http::Routes& routes) {
  const auto move = [&](std::string_view name, Task<Partner> (*handler)(db::Tx&, PartnerId),
                        std::string summary) {
    routes.post(fmt::format("/api/partners/{{partner_id}}/{}", name), handler)
        .says(std::move(summary))
        .allow(http::Access::staff)
        .needs(http::Permission::partners_manage)
        .as(db::Role::write)
        .answers(200)
        .refuses({&kState});
  };
  move("approval", approve, "Approve a partner that applied");
  move("rejection", reject, "Reject a partner that applied");
  move("suspension", suspend, "Suspend an active partner");
  move("reactivation", reactivate, "Make a suspended partner active again");
  move("archiving", archive, "Archive a suspended partner for good; its keys are revoked");
}

}  // namespace

Task<Partner> create_partner(db::Tx& tx, CreatePartner request) {
  const auto id = tx.new_id<PartnerId>();
  bool is_approved = request.approved.value_or(false);
  if (!request.approved) is_approved = (co_await identity::organization_defaults(tx)).approves_partners;
  Slug slug;
  if (request.slug)
    slug = *request.slug;
  else
    slug = co_await free_slug(tx, request.name.str(), id);
  Partner partner = co_await tx.one(
      kInsertPartner, id, request.kind.value_or(PartnerKind::affiliate), slug, request.name, request.website,
      request.contact_email, request.country, request.currency, request.external_id,
      request.metadata.value_or(JsonObject{}), is_approved ? PartnerState::active : PartnerState::applied);
  events::OutboxRow row{"partner.created", id, id.uuid(),
                        fmt::format(R"({{"state":"{}"}})", json::enum_name(partner.state))};
  events::record(tx, std::array{std::move(row)});
  co_return partner;
}

Task<std::optional<PartnerState>> state_of(db::Tx& tx, PartnerId partner_id) {
  const auto row = co_await tx.maybe(kPartnerState, partner_id);
  if (!row) co_return std::nullopt;
  co_return row->state;
}

Task<bool> is_active(db::Tx& tx, PartnerId partner_id) {
  co_return co_await state_of(tx, partner_id) == PartnerState::active;
}

Task<> require_active(db::Tx& tx, PartnerId partner_id) {
  const auto state = co_await state_of(tx, partner_id);
  if (!state) throw Problem(kNotFound);
  if (*state != PartnerState::active)
    throw Problem(kPartnerNotActive, fmt::format("The partner is {}.", json::enum_name(*state)));
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
          "`q` finds as you type: the beginning of a word of the name, of the slug or of the contact e-mail.")
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
          "What is absent or null stays as it is. A partner changes its name, website and contact e-mail only.")
      .allow(http::Access::partner)
      .needs(http::Permission::partners_manage)
      .as(db::Role::write)
      .refuses({&kExternalIdTaken});
  declare_moves(routes);
}

}  // namespace tandem::partners
