#include "identity/platform_organizations.hpp"

#include "identity/invitations.hpp"
#include "identity/organizations.hpp"
#include "identity/platform_accesses.hpp"

namespace tandem::identity {

namespace {

constexpr std::string_view kSort = "slug";

struct ListPlatformOrganizations {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<OrganizationStatus> status;
  std::optional<Plan> plan;
  std::optional<Text<1, 120>> q;  // a part of the name or slug
};
BOOST_DESCRIBE_STRUCT(ListPlatformOrganizations, (), (cursor, limit, status, plan, q))

/// Its first owner gets an invitation by mail.
struct CreateOrganization {
  Slug slug;
  Text<1, 120> name;
  Currency currency;
  Email owner_email;
  std::optional<TimeZone> time_zone;  // UTC unless told
  std::optional<Plan> plan;           // free unless told
  std::optional<Language> locale;     // of the organization and of the mail; English unless told
};
BOOST_DESCRIBE_STRUCT(CreateOrganization, (), (slug, name, currency, owner_email, time_zone, plan, locale))

struct MoveOrganization {
  std::optional<OrganizationStatus> status;
  std::optional<Plan> plan;
  Text<10, 500> reason;  // stands in the organization's audit
};
BOOST_DESCRIBE_STRUCT(MoveOrganization, (), (status, plan, reason))

const db::ServiceQuery<OrganizationIdentity(OrganizationId, std::optional<OrganizationStatus>,
                                            std::optional<Plan>, std::optional<Text<1, 120>>,
                                            std::optional<std::string>, std::int32_t)>
    kListOrganizations{"identity.list_platform_organizations", R"sql(
  select o.organization_id as id, o.slug, o.name, o.status, o.plan, o.time_zone, o.currency, o.created_at, o.updated_at
  from app.organizations o
  where o.organization_id <> $1
    and ($2::text is null or o.status = $2)
    and ($3::text is null or o.plan = $3)
    and ($4::text is null or strpos(lower(o.name), lower($4)) > 0 or strpos(o.slug, lower($4)) > 0)
    and ($5::text is null or o.slug > $5)
  order by o.slug
  limit $6
)sql"};

const db::ServiceQuery<OrganizationIdentity(OrganizationId)> kOrganization{"identity.platform_organization",
                                                                           R"sql(
  select o.organization_id as id, o.slug, o.name, o.status, o.plan, o.time_zone, o.currency, o.created_at, o.updated_at
  from app.organizations o
  where o.organization_id = $1
)sql"};

struct MadeRow {
  OrganizationId organization_id;
};
BOOST_DESCRIBE_STRUCT(MadeRow, (), (organization_id))
// The same call again, whose answer was lost: by what it asked for, within a day.
const db::Query<MadeRow(Text<1, 120>, Currency, TimeZone, Plan, std::string, Timestamp)> kMadeLike{
    "identity.organization_made_like", R"sql(
  select o.organization_id
  from app.organizations o
  where o.organization_id = $1 and o.name = $2 and o.currency = $3 and o.time_zone = $4 and o.plan = $5
    and o.created_at > $7
    and exists (select 1 from app.invitations i
                where i.organization_id = $1 and i.email_key = $6 and i.role = 'owner' and i.partner_id is null)
)sql"};

Task<OrganizationIdentity> find(db::Pool& pool, OrganizationId id) {
  std::vector<OrganizationIdentity> found;
  if (id != kPlatform) {
    auto lease = co_await pool.acquire(db::Role::service);
    found = co_await db::service_all(*lease, kOrganization, id);
  }
  if (found.empty()) throw Problem(kNotFound);
  co_return std::move(found.front());
}

Task<Page<OrganizationIdentity>> list(http::Context context, ListPlatformOrganizations query) {
  operator_of(context);
  if (query.cursor && query.cursor->sort() != kSort)
    throw invalid_field("?cursor", "malformed", "this cursor belongs to another sort");
  const std::int32_t limit = query.limit.value_or(PageLimit{}).value();
  Page<OrganizationIdentity> page;
  auto lease = co_await context.pool.acquire(db::Role::service);
  page.items =
      co_await db::service_all(*lease, kListOrganizations, kPlatform, query.status, query.plan, query.q,
                               query.cursor ? std::optional(query.cursor->key()) : std::nullopt, limit + 1);
  if (std::ssize(page.items) > limit) {
    page.items.pop_back();
    const auto& last = page.items.back();
    page.next_cursor = Cursor(std::string(kSort), last.slug.str(), last.id.uuid());
  }
  co_return page;
}

Task<OrganizationIdentity> get(http::Context context, OrganizationId id) {
  operator_of(context);
  co_return co_await find(context.pool, id);
}

Task<OrganizationIdentity> post(http::Context context, CreateOrganization request) {
  const UserId by = operator_of(context);
  const Beginning beginning{.by = by,
                            .plan = request.plan.value_or(Plan::free),
                            .locale = request.locale.value_or(Language::en),
                            .owner_email = request.owner_email};
  NewOrganization organization{.slug = request.slug,
                               .name = request.name,
                               .time_zone = request.time_zone.value_or(TimeZone::parse("UTC").value()),
                               .currency = request.currency};
  if (const auto there = co_await find_organization(context.pool, request.slug)) {
    const auto look = [&](db::Tx& tx) {
      return tx.maybe(kMadeLike, organization.name, organization.currency, organization.time_zone,
                      beginning.plan, request.owner_email.normalised(), tx.now() - std::chrono::hours{24});
    };
    const auto same = co_await db::run_tx(context.pool, operator_scope(*there, by), db::Role::read, look);
    if (!same) throw Problem(kSlugTaken);
    co_return co_await find(context.pool, *there);
  }
  const auto id = co_await create_organization(context.pool, std::move(organization), beginning);
  co_return co_await find(context.pool, id);
}

Task<OrganizationIdentity> move(http::Context context, OrganizationId id, MoveOrganization request) {
  const UserId by = operator_of(context);
  if (!request.status && !request.plan)
    throw invalid_field("/status", "required", "a status, a plan or both");
  co_await find(context.pool, id);  // 404 for the platform itself, too
  co_await db::run_tx(context.pool, operator_scope(id, by), db::Role::write, [&](db::Tx& tx) {
    return move_organization(tx, request.status, request.plan, request.reason.str());
  });
  co_return co_await find(context.pool, id);
}

}  // namespace

void declare_platform_organizations(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("platform");
  routes.get("/api/platform/organizations", list)
      .says("List the organizations of the installation, by slug")
      .explains("For the platform's own members alone, as is all beneath.")
      .allow(Access::staff)
      .needs(Permission::members_read);
  routes.get("/api/platform/organizations/{organization_id}", get)
      .says("Get an organization of the installation")
      .allow(Access::staff)
      .needs(Permission::members_read);
  routes.post("/api/platform/organizations", post)
      .says("Make an organization; its first owner is invited by mail")
      .explains(
          "The same call again within a day answers as the first did; a slug that is somebody else's is refused.")
      .allow(Access::staff)
      .needs(Permission::members_manage)
      .sensitive()
      .answers(201)
      .refuses({&kSlugTaken});
  routes.post("/api/platform/organizations/{organization_id}/moves", move)
      .says("Suspend, end or resume an organization, or put it on another plan")
      .explains(
          "Suspended: reading alone, within a second or two. Cancelled: as if it did not exist. The reason stands in the "
          "organization's audit.")
      .allow(Access::staff)
      .needs(Permission::members_manage)
      .sensitive()
      .answers(200);
}

}  // namespace tandem::identity
