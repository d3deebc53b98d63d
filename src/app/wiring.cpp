#include "app/wiring.hpp"

#include "attribution/module.hpp"
#include "customers/module.hpp"
#include "identity/api.hpp"
#include "identity/module.hpp"
#include "partners/module.hpp"

namespace tandem::app {

void declare_routes(http::Routes& routes) {
  identity::declare(routes);
  partners::declare(routes);
  customers::declare(routes);
  attribution::declare(routes);
}

http::Hooks make_hooks() { return {identity::authenticate, identity::audit}; }

void register_jobs() {}

void register_listeners() {}

}  // namespace tandem::app
