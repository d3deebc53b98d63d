// Identifiers of the identity module. OrganizationId and ActorId are in base, because scopes carry them.
#pragma once
#include "base/ids.hpp"

namespace tandem::identity {

using ApiKeyId = Id<struct ApiKeyTag>;
using SiteKeyId = Id<struct SiteKeyTag>;
using AuditEntryId = Id<struct AuditEntryTag>;
using AuditSubjectId = Id<struct AuditSubjectTag>;  // whatever an entry is about

}  // namespace tandem::identity
