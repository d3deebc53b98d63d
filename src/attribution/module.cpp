#include "attribution/module.hpp"

#include "attribution/coupons.hpp"
#include "attribution/inbound_endpoints.hpp"
#include "attribution/links.hpp"

namespace tandem::attribution {

void declare(http::Routes& routes) {
  declare_links(routes);
  declare_coupons(routes);
  declare_inbound_endpoints(routes);
}

}  // namespace tandem::attribution
