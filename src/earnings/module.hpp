// The door of earnings for app/wiring.
#pragma once
#include "http/routes.hpp"

namespace tandem::earnings {

void declare(http::Routes& routes);
/// The job that ends holds, and its schedule: every hour.
void register_jobs();
/// Registers the listeners that turn conversions and reversals into earnings, inside their transaction.
void listen();

}  // namespace tandem::earnings
