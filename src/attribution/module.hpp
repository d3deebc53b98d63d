// The routes of attribution; called by app/wiring.
#pragma once
#include "http/routes.hpp"

namespace tandem::attribution {

void declare(http::Routes& routes);
/// The jobs of attribution: applying inbound events.
void register_jobs();

}  // namespace tandem::attribution
