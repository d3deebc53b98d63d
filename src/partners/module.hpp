// The routes of partners; called by app/wiring.
#pragma once
#include "db/personal.hpp"
#include "http/routes.hpp"

namespace tandem::partners {

void declare(http::Routes& routes);
void register_jobs();
/// The staff's notes.
db::PersonalText notes_text();

}  // namespace tandem::partners
