#include "analytics/module.hpp"

#include "analytics/earnings_report.hpp"
#include "analytics/performance.hpp"

namespace tandem::analytics {

void declare(http::Routes& routes) {
  declare_earnings_report(routes);
  declare_performance(routes);
}

}  // namespace tandem::analytics
