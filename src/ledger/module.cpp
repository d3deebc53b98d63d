#include "ledger/module.hpp"

namespace tandem::ledger {

void declare(http::Routes& routes) {
  declare_rates(routes);
  declare_statement(routes);
  declare_platform_statement(routes);
}

void register_jobs() { jobs::Kinds::instance().add(fetch_rates_job()); }

}  // namespace tandem::ledger
