#include "attribution/module.hpp"

#include "attribution/conversion_routes.hpp"
#include "attribution/coupons.hpp"
#include "attribution/inbound.hpp"
#include "attribution/inbound_endpoints.hpp"
#include "attribution/leads.hpp"
#include "attribution/links.hpp"
#include "attribution/visits.hpp"

namespace tandem::attribution {

void declare(http::Routes& routes) {
  declare_visits(routes);
  declare_links(routes);
  declare_coupons(routes);
  declare_leads(routes);
  declare_conversions(routes);
  declare_inbound_endpoints(routes);
  declare_inbound(routes);
}

void register_jobs() { jobs::Kinds::instance().add(apply_inbound_job()); }

}  // namespace tandem::attribution
