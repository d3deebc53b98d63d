// The performance report over HTTP: how visits became leads, sales and commissions, by time, partner, link or
// country.
#pragma once
#include "http/routes.hpp"

namespace tandem::analytics {

void declare_performance(http::Routes& routes);

}  // namespace tandem::analytics
