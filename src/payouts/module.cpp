#include "payouts/module.hpp"

#include "payouts/methods.hpp"
#include "payouts/payee_forms.hpp"

namespace tandem::payouts {

void declare(http::Routes& routes) {
  declare_methods(routes);
  declare_payee_forms(routes);
}

}  // namespace tandem::payouts
