// The routes of partners; called by app/wiring.
#pragma once
#include "db/tx.hpp"
#include "http/routes.hpp"

namespace tandem::partners {

void declare(http::Routes& routes);
void register_jobs();
/// The staff's notes in which a regular expression is found, and "[erased]" in its place.
Task<std::vector<JsonObject>> notes_naming(db::Tx& tx, std::string pattern);
void blank_notes(db::Tx& tx, const std::string& pattern);

}  // namespace tandem::partners
