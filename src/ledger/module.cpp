#include "ledger/module.hpp"

#include "ledger/statement.hpp"

namespace tandem::ledger {

void declare(http::Routes& routes) {
  declare_rates(routes);
  declare_statement(routes);
}

void register_jobs() { jobs::Kinds::instance().add(fetch_rates_job()); }

}  // namespace tandem::ledger
