#include "ledger/module.hpp"

#include "ledger/statement.hpp"

namespace tandem::ledger {

void declare(http::Routes& routes) {
  declare_statements(routes);
}

}  // namespace tandem::ledger
