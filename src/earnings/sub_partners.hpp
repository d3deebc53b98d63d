// Who joined under a partner, and what it earned on top of theirs. A partner reads no row of another: what it
// may know of those beneath it is this list, their names and its own amounts.
#pragma once
#include "http/routes.hpp"

namespace tandem::earnings {

/// GET /api/partners/{partner_id}/sub-partners.
void declare_sub_partners(http::Routes& routes);

}  // namespace tandem::earnings
