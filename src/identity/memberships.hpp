// Memberships: a user's role in an organization or in one of its partners. A person acts under one at a time.
#pragma once
#include "identity/api.hpp"
#include "identity/platform.hpp"

namespace tandem::identity {

struct MembershipOrganization {
  OrganizationId id;
  std::string slug, name;
};
BOOST_DESCRIBE_STRUCT(MembershipOrganization, (), (id, slug, name))

/// One of a user's, as the switcher shows it.
struct Membership {
  MembershipId id;
  MembershipOrganization organization;
  std::optional<PartnerName> partner;  // null: of the organization's staff
  MemberRole role{};
  std::optional<Timestamp> expires_at;  // of an operator's visit
  std::vector<http::Permission> permissions;
  bool requires_second_factor = false;  // the organization asks its staff for two factors
};
BOOST_DESCRIBE_STRUCT(Membership, (),
                      (id, organization, partner, role, expires_at, permissions, requires_second_factor))

/// The same with what decides about requests.
struct KnownMembership {
  Membership shown;
  bool is_suspended = false;  // the organization: reading only
  db::Scope scope(UserId user) const;
};

/// The user's live memberships, in the order of their making; `only` that one. Those of cancelled
/// organizations are none.
Task<std::vector<KnownMembership>> memberships_of(db::Pool& pool, UserId user,
                                                  std::optional<MembershipId> only = {});

struct NewMembership {
  UserId user_id;
  std::optional<PartnerId> partner_id;
  MemberRole role{};
  Email email;
  std::string name;
  std::optional<std::string> reason;  // of operators, with expires_at
  std::optional<Timestamp> expires_at;
};
/// In a transaction of the organization. nullopt: the user is a member already.
Task<std::optional<MembershipId>> insert_membership(db::Tx& tx, NewMembership membership);

/// Writes the user's present e-mail and name into its memberships, for lists of members. One that a crash
/// leaves out is an old name in a list until the next change.
Task<> refresh_copies(db::Pool& pool, UserId user);

/// What the partner is called; nullopt when there is none.
Task<std::optional<std::string>> partner_name(db::Tx& tx, PartnerId partner);

/// The partner's team has no way in any more (it was archived).
Task<> end_memberships_of(db::Tx& tx, PartnerId partner);

/// Whose side a membership with this partner, or none, is on.
Side side_of(OrganizationId organization, bool has_partner);

}  // namespace tandem::identity
