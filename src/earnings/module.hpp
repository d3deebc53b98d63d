// The door of earnings for app/wiring.
#pragma once
#include "db/pool.hpp"
#include "http/routes.hpp"

namespace tandem::earnings {

void declare(http::Routes& routes);
/// The job that ends holds, and its schedule: every hour.
void register_jobs();
/// Registers the listeners that turn conversions and reversals into earnings, inside their transaction.
void listen();
/// What claims, signals of risk and holds say of people, for their export and erasure.
void register_personal_data();
/// Notes, at most every ten minutes, from which network and browser a partner's own people call.
Task<> note_member(db::Pool& pool, const http::Principal& principal, const http::Request& request);

}  // namespace tandem::earnings
