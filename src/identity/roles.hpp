// Which role may do what: the one table. A membership has a role; its permissions are what the table says on
// the day of the request, so that a change here reaches everybody at once. API keys have scopes out of the
// same words.
#pragma once
#include <optional>

#include "http/permission.hpp"

namespace tandem::identity {

/// A user's role in an organization (owner, admin, finance, support, viewer) or in a partner (owner, manager,
/// viewer); observer and operator are the platform's people on a visit to an organization, who read or also
/// change.
enum class MemberRole : int { owner, admin, finance, support, manager, viewer, observer, operator_ };
BOOST_DESCRIBE_ENUM(MemberRole, owner, admin, finance, support, manager, viewer, observer, operator_)

/// On whose side somebody acts. The platform's members are its operators.
enum class Side : int { organization, partner, platform };

/// What a role may do; nullopt where that side has no such role.
std::optional<http::Permissions> permissions_of(Side side, MemberRole role);

/// True for the roles of the platform's visitors, which nobody in the organization gives.
inline bool is_visitor(MemberRole role) {
  return role == MemberRole::observer || role == MemberRole::operator_;
}

/// What anybody on that side may do at most: its owner's permissions. API keys without scopes have these.
http::Permissions permissions_of_all(Side side);

}  // namespace tandem::identity
