#include "identity/organizations.hpp"

#include <fmt/format.h>

namespace tandem::identity {

namespace {

const db::ListQuery<Organization(std::optional<OrganizationStatus>)> kListOrganizations{
    "identity.list_organizations",
    R"sql(
  select o.organization_id as id, o.slug, o.name, o.status, o.time_zone, o.currency,
         coalesce((o.settings->>'default_hold_days')::int4, 30) as default_hold_days,
         coalesce((o.settings->>'default_window_days')::int4, 90) as default_window_days,
         coalesce((o.settings->>'approves_partners')::boolean, false) as approves_partners,
         o.created_at, o.updated_at
  from app.organizations o
  where o.organization_id = $1 and ($2::text is null or o.status = $2)
)sql",
    "o.organization_id",
    {{"created_at", "o.created_at", "timestamptz"}, {"name", "o.name", "text"}}};

const db::Query<Organization(OrganizationId)> kOrganization{"identity.organization", R"sql(
  select o.organization_id as id, o.slug, o.name, o.status, o.time_zone, o.currency,
         coalesce((o.settings->>'default_hold_days')::int4, 30) as default_hold_days,
         coalesce((o.settings->>'default_window_days')::int4, 90) as default_window_days,
         coalesce((o.settings->>'approves_partners')::boolean, false) as approves_partners,
         o.created_at, o.updated_at
  from app.organizations o
  where o.organization_id = $1 and o.organization_id = $2
)sql"};

const db::Query<Organization(OrganizationId, std::optional<Text<1, 120>>, std::optional<TimeZone>,
                             std::optional<Currency>, JsonObject)>
    kUpdateOrganization{"identity.update_organization", R"sql(
  update app.organizations as o
  set name = coalesce($3, o.name), time_zone = coalesce($4, o.time_zone), currency = coalesce($5, o.currency),
      settings = o.settings || $6
  where o.organization_id = $1 and o.organization_id = $2
  returning o.organization_id as id, o.slug, o.name, o.status, o.time_zone, o.currency,
         coalesce((o.settings->>'default_hold_days')::int4, 30) as default_hold_days,
         coalesce((o.settings->>'default_window_days')::int4, 90) as default_window_days,
         coalesce((o.settings->>'approves_partners')::boolean, false) as approves_partners,
         o.created_at, o.updated_at
)sql"};

const db::Query<db::Nothing(Slug, Text<1, 120>, TimeZone, Currency)> kInsertOrganization{
    "identity.insert_organization", R"sql(
  insert into app.organizations (organization_id, slug, name, time_zone, currency) values ($1, $2, $3, $4, $5)
)sql"};

const db::Query<OrganizationDefaults()> kDefaults{"identity.organization_defaults", R"sql(
  select o.time_zone, o.currency,
         coalesce((o.settings->>'default_hold_days')::int4, 30) as default_hold_days,
         coalesce((o.settings->>'default_window_days')::int4, 90) as default_window_days,
         coalesce((o.settings->>'approves_partners')::boolean, false) as approves_partners
  from app.organizations o
  where o.organization_id = $1
)sql"};

Task<Page<Organization>> list_organizations(db::Tx& tx, ListOrganizations query) {
  co_return co_await tx.page(kListOrganizations, query.sort ? query.sort->str() : "", query.cursor,
                             query.limit.value_or(PageLimit{}), query.status);
}

Task<Organization> get_organization(db::Tx& tx, OrganizationId id) {
  auto found = co_await tx.maybe(kOrganization, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

/// The changed settings as a JSON object; reports every value out of range.
JsonObject changed_settings(const UpdateOrganization& change) {
  std::vector<FieldError> errors;
  std::string out = "{";
  const auto add = [&](std::string_view name, std::string_view value) {
    out += fmt::format(R"({}"{}":{})", out.size() > 1 ? "," : "", name, value);
  };
  const auto add_days = [&](std::string_view name, std::optional<std::int32_t> days, std::int32_t most) {
    if (!days) return;
    if (*days < 0 || *days > most)
      errors.push_back({fmt::format("/{}", name), "out_of_range", fmt::format("0 to {} days", most)});
    else
      add(name, fmt::to_string(*days));
  };
  add_days("default_hold_days", change.default_hold_days, 365);
  add_days("default_window_days", change.default_window_days, 3650);
  if (change.approves_partners) add("approves_partners", *change.approves_partners ? "true" : "false");
  if (!errors.empty()) throw Problem(kInvalid, {}, std::move(errors));
  return JsonObject::trusted(out + "}");
}

Task<Organization> update_organization(db::Tx& tx, OrganizationId id, UpdateOrganization change) {
  auto updated = co_await identity::change(tx, db::call(kOrganization, id),
                                           db::call(kUpdateOrganization, id, change.name, change.time_zone,
                                                    change.currency, changed_settings(change)));
  if (!updated) throw Problem(kNotFound);
  co_return *std::move(updated);
}

Task<> insert_organization(db::Tx& tx, const NewOrganization& organization) {
  const Uuid id = tx.scope().organization_id.uuid();
  tx.later(kInsertOrganization, organization.slug, organization.name, organization.time_zone,
           organization.currency);
  if (!co_await claim_code(tx, CodeKind::organization, organization.slug.str(), id))
    throw Problem(kSlugTaken);
  record_audit(tx, "create_organization", id, JsonObject{});
}

}  // namespace

Task<OrganizationId> create_organization(db::Pool& pool, NewOrganization organization) {
  const OrganizationId id{new_uuid()};
  const db::Scope scope{id, db::ActorKind::system, {}, {}};
  const auto work = [&](db::Tx& tx) { return insert_organization(tx, organization); };
  co_await db::run_tx(pool, scope, db::Role::write, work);
  co_return id;
}

Task<std::optional<OrganizationId>> find_organization(db::Pool& pool, Slug slug) {
  auto lease = co_await pool.acquire(db::Role::service);
  const auto target = co_await find_code(*lease, CodeKind::organization, slug.str());
  if (!target) co_return std::nullopt;
  co_return target->organization_id;
}

Task<OrganizationDefaults> organization_defaults(db::Tx& tx) { return tx.one(kDefaults); }

void declare_organizations(http::Routes& routes) {
  routes.tag("organizations");
  routes.get("/api/organizations", list_organizations)
      .says("List the caller's own organization")
      .allow(http::Access::staff)
      .needs(http::Permission::settings_read)
      .as(db::Role::read);
  routes.get("/api/organizations/{organization_id}", get_organization)
      .says("Get the caller's organization")
      .allow(http::Access::staff)
      .needs(http::Permission::settings_read)
      .as(db::Role::read);
  routes.patch("/api/organizations/{organization_id}", update_organization)
      .says("Change name, time zone, currency and settings")
      .explains("What is absent or null stays as it is.")
      .allow(http::Access::staff)
      .needs(http::Permission::settings_manage)
      .as(db::Role::write);
}

}  // namespace tandem::identity
