#include "identity/memberships.hpp"
#include <map>

#include "identity/api.hpp"
#include "identity/organizations.hpp"
#include "identity/users.hpp"

namespace tandem::identity {

namespace {

constexpr std::int32_t kMembershipsMax = 200;

struct Whereabouts {
  OrganizationId organization_id;
  MembershipId membership_id;
};
BOOST_DESCRIBE_STRUCT(Whereabouts, (), (organization_id, membership_id))
const db::ServiceQuery<Whereabouts(UserId, std::optional<MembershipId>, std::int32_t)> kFindMemberships{
    "identity.find_memberships", R"sql(
  select m.organization_id, m.membership_id from app.user_memberships m
  where m.user_id = $1 and ($2::uuid is null or m.membership_id = $2)
  order by m.membership_id limit $3::int4
)sql"};

struct MembershipRow {
  MembershipId id;
  MemberRole role{};
  std::optional<Timestamp> expires_at;
  std::string slug, organization_name;
  OrganizationStatus status{};
  std::optional<PartnerId> partner_id;
  JsonObject settings;
};
BOOST_DESCRIBE_STRUCT(MembershipRow, (),
                      (id, role, expires_at, slug, organization_name, status, partner_id, settings))
const db::Query<MembershipRow(UserId, std::vector<MembershipId>, Timestamp)> kMemberships{
    "identity.memberships",
    R"sql(
  select m.id, m.role, m.expires_at, o.slug, o.name as organization_name, o.status, m.partner_id,
    o.settings
  from app.memberships m
  join app.organizations o on o.organization_id = m.organization_id
  where m.organization_id = $1 and m.user_id = $2 and m.id = any ($3) and m.state = 'active'
    and (m.expires_at is null or m.expires_at > $4) and o.status <> 'cancelled'
  order by m.id
)sql"};

const db::Query<db::Nothing(PartnerId)> kEndMembershipsOf{"identity.end_memberships_of", R"sql(
  update app.memberships set state = 'ended'
  where organization_id = $1 and partner_id = $2 and state = 'active'
)sql"};

PartnerNames& partner_names() {
  static PartnerNames names = nullptr;
  return names;
}

const db::Query<db::Nothing(UserId, Email, std::string)> kCopyUser{"identity.copy_user_to_members", R"sql(
  update app.memberships set email = $3, name = $4 where organization_id = $1 and user_id = $2
)sql"};

struct InsertedRow {
  MembershipId id;
};
BOOST_DESCRIBE_STRUCT(InsertedRow, (), (id))
const db::Query<InsertedRow(MembershipId, UserId, std::optional<PartnerId>, MemberRole, Email, std::string,
                            std::optional<std::string>, std::optional<Timestamp>)>
    kInsertMembership{"identity.insert_membership", R"sql(
  insert into app.memberships (organization_id, id, user_id, partner_id, role, email, name, reason, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict do nothing
  returning id
)sql"};
const db::Query<db::Nothing(UserId, MembershipId)> kInsertUserMembership{"identity.insert_user_membership",
                                                                         R"sql(
  insert into app.user_memberships (organization_id, user_id, membership_id) values ($1, $2, $3)
)sql"};

KnownMembership known(OrganizationId organization, const MembershipRow& row) {
  KnownMembership out;
  out.shown.id = row.id;
  out.shown.organization = {organization, row.slug, row.organization_name};
  if (row.partner_id) out.shown.partner = PartnerName{*row.partner_id, {}};
  out.shown.role = row.role;
  out.shown.expires_at = row.expires_at;
  out.shown.permissions = permissions_of(side_of(organization, row.partner_id.has_value()), row.role)
                              .value_or(http::Permissions{})
                              .list();
  out.shown.requires_second_factor = !row.partner_id && settings_of(row.settings).require_second_factor;
  out.is_suspended = row.status == OrganizationStatus::suspended;
  return out;
}

/// The user's memberships in one organization.
Task<std::vector<KnownMembership>> memberships_in(db::Tx& tx, UserId user, std::vector<MembershipId> ids) {
  std::vector<KnownMembership> out;
  std::vector<PartnerId> partners;
  for (const auto& row : co_await tx.all(kMemberships, user, ids, tx.now())) {
    out.push_back(known(tx.scope().organization_id, row));
    if (row.partner_id) partners.push_back(*row.partner_id);
  }
  if (partners.empty() || partner_names() == nullptr) co_return out;
  for (const auto& named : co_await partner_names()(tx, partners))
    for (auto& membership : out)
      if (membership.shown.partner && membership.shown.partner->id == named.id)
        membership.shown.partner->name = named.name;
  co_return out;
}

}  // namespace

Side side_of(OrganizationId organization, bool has_partner) {
  if (organization == kPlatform) return Side::platform;
  return has_partner ? Side::partner : Side::organization;
}

db::Scope KnownMembership::scope(UserId user) const {
  const bool is_visit = shown.expires_at.has_value() || shown.organization.id == kPlatform;
  const auto kind = shown.partner ? db::ActorKind::partner
                    : is_visit    ? db::ActorKind::platform
                                  : db::ActorKind::staff;
  return {shown.organization.id, kind, ActorId{user.uuid()},
          shown.partner ? std::optional(shown.partner->id) : std::nullopt};
}

Task<std::vector<KnownMembership>> memberships_of(db::Pool& pool, UserId user,
                                                  std::optional<MembershipId> only) {
  std::vector<Whereabouts> places;
  {
    auto lease = co_await pool.acquire(db::Role::service);
    places = co_await db::service_all(*lease, kFindMemberships, user, only, kMembershipsMax);
  }
  std::map<OrganizationId, std::vector<MembershipId>> by_organization;
  for (const auto& place : places) by_organization[place.organization_id].push_back(place.membership_id);
  std::vector<KnownMembership> out;
  for (const auto& [organization, ids] : by_organization) {
    const db::Scope scope{organization, db::ActorKind::system, {}, {}};
    auto found = co_await db::run_tx(pool, scope, db::Role::read,
                                     [&](db::Tx& tx) { return memberships_in(tx, user, ids); });
    std::ranges::move(found, std::back_inserter(out));
  }
  std::ranges::sort(out, {}, [](const KnownMembership& m) { return m.shown.id; });
  co_return out;
}

void set_partner_names(PartnerNames names) { partner_names() = names; }

Task<> refresh_copies(db::Pool& pool, UserId user) {
  const auto known =
      co_await on_platform(pool, db::Role::read, [&](db::Tx& tx) { return find_user(tx, user); });
  if (!known) co_return;
  for (const auto& membership : co_await memberships_of(pool, user)) {
    const db::Scope scope{membership.shown.organization.id, db::ActorKind::system, {}, {}};
    co_await db::run_tx(pool, scope, db::Role::write,
                        [&](db::Tx& tx) { return tx.exec(kCopyUser, user, known->email, known->name); });
  }
}

Task<std::optional<std::string>> partner_name(db::Tx& tx, PartnerId partner) {
  TANDEM_ASSERT(partner_names() != nullptr, "app wires in who knows partners");
  const auto found = co_await partner_names()(tx, std::vector{partner});
  if (found.empty()) co_return std::nullopt;
  co_return found.front().name;
}

Task<> end_memberships_of(db::Tx& tx, PartnerId partner) { co_await tx.exec(kEndMembershipsOf, partner); }

Task<std::optional<MembershipId>> insert_membership(db::Tx& tx, NewMembership m) {
  const auto row = co_await tx.maybe(kInsertMembership, tx.new_id<MembershipId>(), m.user_id, m.partner_id,
                                     m.role, m.email, m.name, m.reason, m.expires_at);
  if (!row) co_return std::nullopt;
  tx.later(kInsertUserMembership, m.user_id, row->id);
  co_return row->id;
}

Task<LoginMade> make_login(db::Pool& pool, OrganizationId organization, NewLogin login, Secret password) {
  const auto role_side = side_of(organization, login.partner_id.has_value());
  if (is_visitor(login.role) || !permissions_of(role_side, login.role))
    throw invalid_field("/role", "out_of_range", "this side has no such role");
  const std::string phc = crypto::hash_password(password);
  bool is_new = false;
  const UserId user = co_await on_platform(pool, db::Role::write, [&](db::Tx& tx) -> Task<UserId> {
    const auto made = co_await insert_user(tx, {.email = login.email,
                                                .name = login.name,
                                                .password_hash = phc,
                                                .is_verified = true,
                                                .is_demo = login.is_demo});
    is_new = made.has_value();
    const UserId id = made ? *made : (co_await find_user(tx, login.email)).value().id;
    if (login.is_demo && !made) co_await set_password_hash(tx, id, phc);
    record_audit(tx, made ? "create_user" : "meet_user", id.uuid(), JsonObject{});
    co_return id;
  });
  const db::Scope scope{organization, db::ActorKind::system, {}, {}};
  const bool is_member = co_await db::run_tx(pool, scope, db::Role::write, [&](db::Tx& tx) -> Task<bool> {
    const auto made = co_await insert_membership(tx, {.user_id = user,
                                                      .partner_id = login.partner_id,
                                                      .role = login.role,
                                                      .email = login.email,
                                                      .name = login.name.str(),
                                                      .reason = {},
                                                      .expires_at = {}});
    if (made) record_audit(tx, "create_membership", made->uuid(), JsonObject{});
    co_return made.has_value();
  });
  co_return is_new ? LoginMade::user : is_member ? LoginMade::membership : LoginMade::nothing;
}

}  // namespace tandem::identity
