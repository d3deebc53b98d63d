// Identifiers of the identity module. OrganizationId and ActorId are in base, because scopes carry them.
#pragma once
#include <array>

#include "base/ids.hpp"

namespace tandem::identity {

using UserId = Id<struct UserTag>;
using MembershipId = Id<struct MembershipTag>;
using LoginSessionId = Id<struct LoginSessionTag>;
using UserTokenId = Id<struct UserTokenTag>;
using InvitationId = Id<struct InvitationTag>;
using ApiKeyId = Id<struct ApiKeyTag>;
using SiteKeyId = Id<struct SiteKeyTag>;
using AuditEntryId = Id<struct AuditEntryTag>;
using AuditSubjectId = Id<struct AuditSubjectTag>;  // whatever an entry is about

/// The platform: the organization of the installation itself, made by a migration. Users and their sessions
/// are its rows, its members are the operators. 00000000-0000-7000-8000-000000000001.
inline constexpr OrganizationId kPlatform{
    Uuid{std::array<std::uint8_t, 16>{0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}}};

}  // namespace tandem::identity
