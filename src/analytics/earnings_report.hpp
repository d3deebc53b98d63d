// The earnings report over HTTP.
#pragma once
#include "analytics/api.hpp"
#include "http/routes.hpp"

namespace tandem::analytics {

void declare_earnings_report(http::Routes& routes);

}  // namespace tandem::analytics
