// Which role may do what: the one table. A membership has a role; its permissions are what the table says on
// the day of the request, so that a change here reaches everybody at once. API keys have scopes out of the
// same words.
#pragma once
#include <optional>

#include "http/permission.hpp"

namespace tandem::identity {

/// A user's role in an organization (owner, admin, finance, support, viewer) or in a partner (owner, manager,
/// viewer).
enum class MemberRole : int { owner, admin, finance, support, manager, viewer };
BOOST_DESCRIBE_ENUM(MemberRole, owner, admin, finance, support, manager, viewer)

/// On whose side somebody acts.
enum class Side : int { organization, partner };

/// What a role may do; nullopt where that side has no such role.
std::optional<http::Permissions> permissions_of(Side side, MemberRole role);

/// What anybody on that side may do at most: its owner's permissions. API keys without scopes have these.
http::Permissions permissions_of_all(Side side);

}  // namespace tandem::identity
