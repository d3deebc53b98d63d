// The routes and jobs of customers, and what it keeps about people; called by app/wiring.
#pragma once
#include "http/routes.hpp"

namespace tandem::customers {

void declare(http::Routes& routes);
void register_jobs();
/// What this module keeps about a person, for the export.
void register_personal_data();

}  // namespace tandem::customers
