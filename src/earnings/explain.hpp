// Explanations: of a visit, a lead, a conversion or an earning, what was decided, from what, by which rule,
// what else was considered, and what happens next; in the reader's language and in data.
#pragma once
#include "http/routes.hpp"

namespace tandem::earnings {

/// GET /api/explain/{visit,lead,conversion,earning}/{id}
void declare_explanations(http::Routes& routes);

}  // namespace tandem::earnings
