// What is done about users is a transaction of the platform's scope (kPlatform).
#pragma once
#include "db/pool.hpp"
#include "db/tx.hpp"
#include "identity/ids.hpp"

namespace tandem::identity {

/// The scope of work on users; `user` is who does it, for the audit.
inline db::Scope platform_scope(UserId user = {}) {
  return {kPlatform, db::ActorKind::system, ActorId{user.uuid()}, std::nullopt};
}

/// Runs `work(tx)` on users, in a committed transaction of its own.
template <class Work>
auto on_platform(db::Pool& pool, db::Role role, Work work, UserId user = {}) {
  return db::run_tx(pool, platform_scope(user), role, std::move(work));
}

}  // namespace tandem::identity
