// Break-glass: an operator of the platform looks into an organization for a few hours, by a membership that
// says why, stands in that organization's audit and list of members, and ends by itself. Nothing else lets an
// operator in.
#pragma once
#include "http/routes.hpp"

namespace tandem::identity {

/// POST /api/platform/accesses, DELETE /api/platform/accesses/{access_id}.
void declare_platform_accesses(http::Routes& routes);

}  // namespace tandem::identity
