#include "attribution/module.hpp"

#include "attribution/chartmogul_poll.hpp"
#include "attribution/conversion_routes.hpp"
#include "attribution/coupons.hpp"
#include "attribution/inbound.hpp"
#include "attribution/inbound_endpoints.hpp"
#include "attribution/landings.hpp"
#include "attribution/leads.hpp"
#include "attribution/links.hpp"
#include "attribution/visits.hpp"

namespace tandem::attribution {

void declare(http::Routes& routes) {
  declare_visits(routes);
  declare_landings(routes);
  declare_links(routes);
  declare_coupons(routes);
  declare_leads(routes);
  declare_conversions(routes);
  declare_inbound_endpoints(routes);
  declare_polling(routes);
  declare_inbound(routes);
}

void set_chartmogul_url(std::string url) {
  ChartMogulOptions options;
  options.base_url = std::move(url);
  set_chartmogul_options(std::move(options));
}

void register_jobs() {
  jobs::Kinds::instance().add(apply_inbound_job());
  jobs::Kinds::instance().add(poll_chartmogul_job());
  jobs::Kinds::instance().add(erase_inbound_job());
  jobs::Kinds::instance().add(pause_links_job());
}

}  // namespace tandem::attribution
