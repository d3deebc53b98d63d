#include "identity/members.hpp"

#include "identity/sessions.hpp"
#include "jobs/job.hpp"

namespace tandem::identity {

namespace {

constexpr std::string_view kEndSessionsJob = "identity.end_sessions";

struct ListMembers {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<MemberRole> role;
};
BOOST_DESCRIBE_STRUCT(ListMembers, (), (cursor, limit, role))
const db::ListQuery<Member(std::optional<PartnerId>, std::optional<MemberRole>, Timestamp)> kListMembers{
    "identity.list_members",
    R"sql(
  select m.id, m.user_id, m.name, m.email, m.role, m.partner_id, m.reason, m.expires_at, m.created_at
  from app.memberships m
  where m.organization_id = $1 and m.state = 'active'
    and (m.partner_id = $2 or ($2::uuid is null and m.partner_id is null))
    and ($3::text is null or m.role = $3) and (m.expires_at is null or m.expires_at > $4)
)sql",
    "m.id",
    {{"created_at", "m.created_at", "timestamptz"}}};

const db::Query<Member(MembershipId, std::optional<PartnerId>)> kLockMember{"identity.lock_member", R"sql(
  select m.id, m.user_id, m.name, m.email, m.role, m.partner_id, m.reason, m.expires_at, m.created_at
  from app.memberships m
  where m.organization_id = $1 and m.id = $2 and m.partner_id is not distinct from $3 and m.state = 'active'
  for no key update
)sql"};

struct OwnerRow {
  MembershipId id;
};
BOOST_DESCRIBE_STRUCT(OwnerRow, (), (id))
// Locked in one order, so that of two owners who leave at once the second finds itself the last.
const db::Query<OwnerRow(std::optional<PartnerId>)> kLockOwners{"identity.lock_owners", R"sql(
  select m.id from app.memberships m
  where m.organization_id = $1 and m.partner_id is not distinct from $2 and m.role = 'owner' and m.state = 'active'
  order by m.id for no key update
)sql"};

const db::Query<db::Nothing(MembershipId, MemberRole)> kSetRole{"identity.set_member_role", R"sql(
  update app.memberships set role = $3 where organization_id = $1 and id = $2 and state = 'active'
)sql"};
const db::Query<db::Nothing(MembershipId)> kEndMembership{"identity.end_membership", R"sql(
  update app.memberships set state = 'ended' where organization_id = $1 and id = $2 and state = 'active'
)sql"};

struct RoleRow {
  MemberRole role{};
};
BOOST_DESCRIBE_STRUCT(RoleRow, (), (role))
const db::Query<RoleRow(MembershipId)> kRoleOf{"identity.role_of_member", R"sql(
  select m.role from app.memberships m where m.organization_id = $1 and m.id = $2 and m.state = 'active'
)sql"};

struct ChangeRole {
  MemberRole role{};
};
BOOST_DESCRIBE_STRUCT(ChangeRole, (), (role))

struct EndSessions {
  UserId user;
};
BOOST_DESCRIBE_STRUCT(EndSessions, (), (user))

Task<Member> lock_member(db::Tx& tx, MembershipId id, std::optional<PartnerId> partner) {
  // Owners first, then the member: one order for everybody.
  co_await tx.all(kLockOwners, partner);
  auto found = co_await tx.maybe(kLockMember, id, partner);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

/// The team keeps an owner. The staff may take a partner's last one: the organization decides who represents
/// a partner.
Task<> require_owner_left(db::Tx& tx, const Member& leaving) {
  if (leaving.role != MemberRole::owner) co_return;
  if (leaving.partner_id && tx.scope().actor_kind != db::ActorKind::partner) co_return;
  if ((co_await tx.all(kLockOwners, leaving.partner_id)).size() < 2) throw Problem(kLastOwner);
}

void end_sessions_later(db::Tx& tx, UserId user) {
  jobs::enqueue(tx, kEndSessionsJob, json::print(EndSessions{user}));
}

Task<Page<Member>> list(db::Tx& tx, std::optional<PartnerId> partner, ListMembers query) {
  co_return co_await tx.page(kListMembers, "created_at", query.cursor, query.limit.value_or(PageLimit{}),
                             partner, query.role, tx.now());
}

Task<Member> change(db::Tx& tx, const http::Principal& caller, std::optional<PartnerId> partner,
                    MembershipId id, MemberRole role) {
  const Member member = co_await lock_member(tx, id, partner);
  if (is_visitor(member.role))
    throw Problem(kState, "An operator's visit has the role that it was opened with.");
  co_await require_may_give(tx, caller, partner, member.role);
  co_await require_may_give(tx, caller, partner, role);
  if (role == member.role) co_return member;
  co_await require_owner_left(tx, member);
  co_await tx.exec(kSetRole, id, role);
  end_sessions_later(tx, member.user_id);
  Member changed = member;
  changed.role = role;
  note_change(tx, member, changed, {"email", "name"});
  co_return changed;
}

Task<http::NoContent> remove(db::Tx& tx, const http::Principal& caller, std::optional<PartnerId> partner,
                             MembershipId id) {
  const Member member = co_await lock_member(tx, id, partner);
  const bool is_own = UserId{caller.scope.actor_id.uuid()} == member.user_id;
  if (!is_own && !is_visitor(member.role)) co_await require_may_give(tx, caller, partner, member.role);
  co_await require_owner_left(tx, member);
  co_await tx.exec(kEndMembership, id);
  if (!is_visitor(member.role)) end_sessions_later(tx, member.user_id);
  co_return http::NoContent{};
}

// ------------------------------------------------------------------ routes

Task<Page<Member>> list_members(db::Tx& tx, ListMembers query) { return list(tx, {}, std::move(query)); }
Task<Page<Member>> list_partner_members(db::Tx& tx, PartnerId partner, ListMembers query) {
  co_await require_own_team(tx, partner);
  co_return co_await list(tx, partner, std::move(query));
}
Task<Member> update_member(db::Tx& tx, http::Principal caller, MembershipId id, ChangeRole request) {
  co_return co_await change(tx, caller, {}, id, request.role);
}
Task<Member> update_partner_member(db::Tx& tx, http::Principal caller, PartnerId partner, MembershipId id,
                                   ChangeRole request) {
  co_await require_own_team(tx, partner);
  co_return co_await change(tx, caller, partner, id, request.role);
}
Task<http::NoContent> delete_member(db::Tx& tx, http::Principal caller, MembershipId id) {
  co_return co_await remove(tx, caller, {}, id);
}
Task<http::NoContent> delete_partner_member(db::Tx& tx, http::Principal caller, PartnerId partner,
                                            MembershipId id) {
  co_await require_own_team(tx, partner);
  co_return co_await remove(tx, caller, partner, id);
}

Task<jobs::Finish> run_end_sessions(db::Pool& pool, const db::Scope&, const jobs::Job& job) {
  const auto payload = json::parse<EndSessions>(job.payload);
  co_await on_platform(pool, db::Role::write, [&](db::Tx& tx) { return end_sessions(tx, payload.user); });
  co_return jobs::Finish{};
}

}  // namespace

Task<> require_may_give(db::Tx& tx, const http::Principal& caller, std::optional<PartnerId> partner,
                        MemberRole role) {
  const Side side = side_of(tx.scope().organization_id, partner.has_value());
  if (is_visitor(role) || !permissions_of(side, role))
    throw invalid_field("/role", "out_of_range", "this side has no such role");
  if (role != MemberRole::owner) co_return;
  const bool is_staff_for_partner = partner && tx.scope().actor_kind != db::ActorKind::partner;
  if (is_staff_for_partner) co_return;
  if (caller.kind == http::Principal::Kind::api_key) {
    // A key without scopes may do what its side's owner may.
    if (caller.permissions.covers(permissions_of_all(side))) co_return;
  } else if (caller.membership_id) {
    const auto own = co_await tx.maybe(kRoleOf, MembershipId{*caller.membership_id});
    if (own && own->role == MemberRole::owner) co_return;
  }
  throw Problem(kForbidden, "Owners are made and unmade by owners.");
}

Task<> require_own_team(db::Tx& tx, PartnerId partner) {
  const auto& scope = tx.scope();
  if (scope.actor_kind == db::ActorKind::partner && scope.partner_id != partner) throw Problem(kNotFound);
  if (!co_await partner_name(tx, partner)) throw Problem(kNotFound);
}

jobs::Kind end_sessions_job() {
  return {.name = std::string(kEndSessionsJob), .runs_as = db::Role::write, .call = run_end_sessions};
}

void declare_members(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("members");
  routes.get("/api/members", list_members)
      .says("List the organization's staff, and operators of the platform who look in")
      .allow(Access::staff)
      .needs(Permission::members_read)
      .as(db::Role::read);
  routes.patch("/api/members/{member_id}", update_member)
      .says("Change a member's role; the member signs in anew")
      .allow(Access::staff)
      .needs(Permission::members_manage)
      .sensitive()
      .as(db::Role::write)
      .refuses({&kLastOwner, &kState});
  routes.del("/api/members/{member_id}", delete_member)
      .says("End a membership; it is refused within a second")
      .allow(Access::staff)
      .needs(Permission::members_manage)
      .sensitive()
      .as(db::Role::write)
      .refuses({&kLastOwner});
  routes.get("/api/partners/{partner_id}/members", list_partner_members)
      .says("List a partner's team")
      .allow(Access::partner)
      .needs(Permission::members_read)
      .as(db::Role::read);
  routes.patch("/api/partners/{partner_id}/members/{team_member_id}", update_partner_member)
      .says("Change the role of a member of a partner's team")
      .allow(Access::partner)
      .needs(Permission::members_manage)
      .sensitive()
      .as(db::Role::write)
      .refuses({&kLastOwner, &kState});
  routes.del("/api/partners/{partner_id}/members/{team_member_id}", delete_partner_member)
      .says("End a membership in a partner's team")
      .allow(Access::partner)
      .needs(Permission::members_manage)
      .sensitive()
      .as(db::Role::write)
      .refuses({&kLastOwner});
}

}  // namespace tandem::identity
