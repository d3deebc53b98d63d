#include "identity/module.hpp"

#include "identity/api_keys.hpp"
#include "identity/audit.hpp"
#include "identity/log_in.hpp"
#include "identity/organizations.hpp"
#include "identity/second_factor.hpp"
#include "identity/site_keys.hpp"

namespace tandem::identity {

void declare(http::Routes& routes) {
  declare_organizations(routes);
  declare_api_keys(routes);
  declare_site_keys(routes);
  declare_audit(routes);
  declare_log_in(routes);
  declare_sessions(routes);
  declare_profile(routes);
  declare_second_factor(routes);
}

}  // namespace tandem::identity
