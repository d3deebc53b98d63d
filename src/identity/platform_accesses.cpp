#include "identity/platform_accesses.hpp"

#include "identity/memberships.hpp"
#include "identity/users.hpp"

namespace tandem::identity {

namespace {

constexpr std::int32_t kHoursMax = 8, kHoursUsual = 1;

enum class AccessMode : int { read, write };
BOOST_DESCRIBE_ENUM(AccessMode, read, write)

struct OpenAccess {
  Slug organization;
  Text<10, 500> reason;               // stands in the organization's audit
  std::optional<AccessMode> mode;     // reading only unless told
  std::optional<std::int32_t> hours;  // 1 to 8; one unless told
};
BOOST_DESCRIBE_STRUCT(OpenAccess, (), (organization, reason, mode, hours))

struct OpenedAccess {
  MembershipId id;  // to act under, by X-Membership
  MembershipOrganization organization;
  MemberRole role{};
  Timestamp expires_at;
};
BOOST_DESCRIBE_STRUCT(OpenedAccess, (), (id, organization, role, expires_at))

struct AccessAudit {
  std::string reason;
  MemberRole role{};
  Timestamp until;
};
BOOST_DESCRIBE_STRUCT(AccessAudit, (), (reason, role, until))

inline constexpr ProblemKind kAccessOpen{409, "access_open", "You have access to this organization already"};

// An access that ran out does not stand in the way of the next.
const db::Query<db::Nothing(UserId, Timestamp)> kEndPast{"identity.end_past_accesses", R"sql(
  update app.memberships set state = 'ended'
  where organization_id = $1 and user_id = $2 and state = 'active' and expires_at <= $3
)sql"};
const db::Query<db::Nothing(UserId, MembershipId)> kEndAccess{"identity.end_access", R"sql(
  update app.memberships set state = 'ended'
  where organization_id = $1 and user_id = $2 and id = $3 and state = 'active' and expires_at is not null
)sql"};

Task<OpenedAccess> open_access(http::Context context, OpenAccess request) {
  const UserId id = operator_of(context);
  const std::int32_t hours = request.hours.value_or(kHoursUsual);
  if (hours < 1 || hours > kHoursMax) throw invalid_field("/hours", "out_of_range", "1 to 8 hours");
  const auto organization = co_await find_organization(context.pool, request.organization);
  if (!organization || *organization == kPlatform)
    throw invalid_field("/organization", "out_of_range", "there is no such organization");
  const auto user =
      co_await on_platform(context.pool, db::Role::read, [&](db::Tx& tx) { return find_user(tx, id); });
  if (!user) throw Problem(kUnauthenticated);
  const MemberRole role = request.mode.value_or(AccessMode::read) == AccessMode::write ? MemberRole::operator_
                                                                                       : MemberRole::observer;
  const auto made = co_await db::run_tx(
      context.pool, operator_scope(*organization, id), db::Role::write,
      [&](db::Tx& tx) -> Task<MembershipId> {
        const Timestamp until = tx.now() + std::chrono::hours{hours};
        co_await tx.exec(kEndPast, id, tx.now());
        const auto membership = co_await insert_membership(tx, {.user_id = id,
                                                                .partner_id = {},
                                                                .role = role,
                                                                .email = user->email,
                                                                .name = user->name,
                                                                .reason = request.reason.str(),
                                                                .expires_at = until});
        if (!membership) throw Problem(kAccessOpen);
        record_audit(tx, "platform_access", membership->uuid(),
                     JsonObject::trusted(json::print(AccessAudit{request.reason.str(), role, until})));
        co_return *membership;
      });
  const auto opened = co_await memberships_of(context.pool, id, made);
  if (opened.empty()) throw Problem(kState, "The organization is cancelled.");
  const Membership& shown = opened.front().shown;
  co_return OpenedAccess{shown.id, shown.organization, shown.role, shown.expires_at.value()};
}

Task<http::NoContent> close_access(http::Context context, MembershipId access) {
  const UserId id = operator_of(context);
  const auto found = co_await memberships_of(context.pool, id, access);
  if (found.empty() || !found.front().shown.expires_at) throw Problem(kNotFound);
  co_await db::run_tx(context.pool, operator_scope(found.front().shown.organization.id, id), db::Role::write,
                      [&](db::Tx& tx) -> Task<> {
                        co_await tx.exec(kEndAccess, id, access);
                        record_audit(tx, "end_platform_access", access.uuid(), JsonObject{});
                      });
  co_return http::NoContent{};
}

}  // namespace

UserId operator_of(const http::Context& context) {
  const bool is_operator = context.principal.kind == http::Principal::Kind::user &&
                           context.principal.scope.organization_id == kPlatform;
  if (!is_operator) throw Problem(kForbidden);
  return UserId{context.principal.scope.actor_id.uuid()};
}

db::Scope operator_scope(OrganizationId organization, UserId operator_id) {
  return {organization, db::ActorKind::platform, ActorId{operator_id.uuid()}, {}};
}

void declare_platform_accesses(http::Routes& routes) {
  routes.tag("platform");
  routes.post("/api/platform/accesses", open_access)
      .says("Look into an organization as an operator of the platform, for a reason and some hours")
      .explains(
          "For the platform's own members alone. The reason stands in the organization's audit, the access in its list of "
          "members, whose owners may end it.")
      .allow(http::Access::staff)
      .needs(http::Permission::members_manage)
      .sensitive()
      .refuses({&kAccessOpen, &kState});
  routes.del("/api/platform/accesses/{access_id}", close_access)
      .says("End an operator's own access before its time")
      .allow(http::Access::staff)
      .needs(http::Permission::members_manage);
}

}  // namespace tandem::identity
