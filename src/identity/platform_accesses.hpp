// Break-glass: an operator of the platform looks into an organization for a few hours, by a membership that
// says why, stands in that organization's audit and list of members, and ends by itself. Nothing else lets an
// operator in.
#pragma once
#include "http/routes.hpp"
#include "identity/ids.hpp"

namespace tandem::identity {

/// The operator of the platform who calls; throws Problem kForbidden for anybody else.
UserId operator_of(const http::Context& context);
/// What an operator does in an organization, for its audit.
db::Scope operator_scope(OrganizationId organization, UserId operator_id);

/// POST /api/platform/accesses, DELETE /api/platform/accesses/{access_id}.
void declare_platform_accesses(http::Routes& routes);

}  // namespace tandem::identity
