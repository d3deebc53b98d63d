// A partner's statement of a period as a PDF.
#pragma once
#include "http/routes.hpp"

namespace tandem::earnings {

/// GET /api/partners/{partner_id}/statement.pdf
void declare_statement_pdf(http::Routes& routes);

}  // namespace tandem::earnings
