// The platform's operators make organizations, put them on plans, suspend and end them. They see an
// organization's name, never what is in it: for that there is the break-glass access (platform_accesses.hpp).
#pragma once
#include "http/routes.hpp"

namespace tandem::identity {

/// GET, POST /api/platform/organizations, GET …/{organization_id}, POST …/{organization_id}/moves.
void declare_platform_organizations(http::Routes& routes);

}  // namespace tandem::identity
