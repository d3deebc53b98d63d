// The routes of attribution; called by app/wiring.
#pragma once
#include "http/routes.hpp"

namespace tandem::attribution {

void declare(http::Routes& routes);

}  // namespace tandem::attribution
