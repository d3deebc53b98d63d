// The routes of partners; called by app/wiring.
#pragma once
#include "http/routes.hpp"

namespace tandem::partners {

void declare(http::Routes& routes);
void register_jobs();

}  // namespace tandem::partners
