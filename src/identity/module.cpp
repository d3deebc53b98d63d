#include "identity/module.hpp"

#include "identity/api_keys.hpp"
#include "identity/audit.hpp"
#include "identity/organizations.hpp"
#include "identity/site_keys.hpp"

namespace tandem::identity {

void declare(http::Routes& routes) {
  declare_organizations(routes);
  declare_api_keys(routes);
  declare_site_keys(routes);
  declare_audit(routes);
}

}  // namespace tandem::identity
