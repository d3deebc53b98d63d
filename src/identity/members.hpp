// Members: who belongs to the organization's staff or to a partner's team, and in which role.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "identity/memberships.hpp"
#include "jobs/job.hpp"

namespace tandem::identity {

inline constexpr ProblemKind kLastOwner{409, "last_owner", "Somebody must stay owner"};

struct Member {
  MembershipId id;
  UserId user_id;
  std::string name;
  Email email;
  MemberRole role{};
  std::optional<PartnerId> partner_id;
  std::optional<std::string> reason;    // why an operator of the platform looks in,
  std::optional<Timestamp> expires_at;  // and until when
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(Member, (),
                      (id, user_id, name, email, role, partner_id, reason, expires_at, created_at))

/// Throws Problem kForbidden unless this caller may give or take this role: owners are made and unmade by
/// owners, a partner's also by the staff. Throws kInvalid for a role that the side does not have.
Task<> require_may_give(db::Tx& tx, const http::Principal& caller, std::optional<PartnerId> partner,
                        MemberRole role);
/// Throws Problem kNotFound unless there is this partner and the caller may see its team.
Task<> require_own_team(db::Tx& tx, PartnerId partner);

/// "identity.end_sessions": a user's rights changed, so the user signs in anew.
jobs::Kind end_sessions_job();

void declare_members(http::Routes& routes);

}  // namespace tandem::identity
