// The routes of identity; called by app/wiring.
#pragma once
#include "http/routes.hpp"

namespace tandem::identity {

void declare(http::Routes& routes);
void register_jobs();

}  // namespace tandem::identity
