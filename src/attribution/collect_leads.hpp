// Leads of browsers, collected: those of one organization that arrive while the last commit runs share the
// next transaction; each is answered after it. One collector a thread.
#pragma once
#include "attribution/leads.hpp"
#include "base/ids.hpp"
#include "base/task.hpp"
#include "db/pool.hpp"

namespace tandem::attribution {

/// Resolves after the commit. Throws Problem kUnavailable when too many wait.
Task<LeadResult> collect(db::Pool& pool, OrganizationId organization_id, LeadFacts facts);

}  // namespace tandem::attribution
