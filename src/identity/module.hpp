// The routes of identity; called by app/wiring.
#pragma once
#include "db/personal.hpp"
#include "http/routes.hpp"

namespace tandem::identity {

void declare(http::Routes& routes);
void register_jobs();
/// The names and searches of saved views.
db::PersonalText saved_views_text();

}  // namespace tandem::identity
