// Where the parts meet: every route, hook, job and listener of the program. Used by `serve`, by the commands
// that need the same parts, and by tests. Adding a module is one line in each function.
#pragma once
#include "http/dispatch.hpp"
#include "http/routes.hpp"

namespace tandem::app {

/// Declares the routes of every module.
void declare_routes(http::Routes& routes);

/// What http asks of features: who calls, and the audit entry.
http::Hooks make_hooks();

/// Every kind of job; before the workers start.
void register_jobs();

/// Every listener of the event bus; before the server starts.
void register_listeners();

}  // namespace tandem::app
