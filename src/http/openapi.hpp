// The OpenAPI 3.1 document of a route table, and its catalogue of refusals. `tandem openapi` prints it and
// /api/openapi.json serves it.
#pragma once
#include <string>

#include "http/routes.hpp"

namespace tandem::http {

/// Deterministic, indented JSON. Lists get cursor, limit, sort and format parameters from their query
/// structs; mutating routes the Idempotency-Key header; every route its problems.
std::string openapi_document(const Routes& routes);
/// docs/api/problems.md: every code, its status, title and the routes that answer it.
std::string problems_document(const Routes& routes);
/// The same as JSON, {"items": [{"code", "status", "title"}]}, for GET /api/problems.
std::string problems_json(const Routes& routes);

}  // namespace tandem::http
