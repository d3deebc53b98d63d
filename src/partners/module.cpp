#include "partners/module.hpp"

#include "partners/deals.hpp"
#include "partners/partners.hpp"

namespace tandem::partners {

void declare(http::Routes& routes) {
  declare_partners(routes);
  declare_deals(routes);
}

}  // namespace tandem::partners
