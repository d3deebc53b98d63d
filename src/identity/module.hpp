// The routes of identity; called by app/wiring.
#pragma once
#include <string>
#include <vector>

#include "base/json.hpp"
#include "db/tx.hpp"
#include "http/routes.hpp"

namespace tandem::identity {

void declare(http::Routes& routes);
void register_jobs();
/// The saved views in whose name or search a regular expression is found; "[erased]" in the name's place, and
/// the search forgotten.
Task<std::vector<JsonObject>> saved_views_naming(db::Tx& tx, std::string pattern);
void blank_saved_views(db::Tx& tx, const std::string& pattern);

}  // namespace tandem::identity
