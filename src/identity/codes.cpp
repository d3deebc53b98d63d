// The registry of codes that are unique over all organizations.
#include <fmt/format.h>

#include "base/timed_cache.hpp"
#include "identity/api.hpp"

namespace tandem::identity {

namespace {

using namespace std::chrono_literals;

/// How long a known code may be out of date on one thread. Codes are never moved or taken back; what they
/// point at is looked up by its own module.
constexpr auto kKeepKnown = 5s;
/// Short, because a link may be made right after somebody tried its code.
constexpr auto kKeepUnknown = 250ms;
constexpr std::size_t kCodesMax = 20'000;

struct RegistryRow {
  OrganizationId organization_id;
  Uuid target_id;
};
BOOST_DESCRIBE_STRUCT(RegistryRow, (), (organization_id, target_id))

const db::ServiceQuery<RegistryRow(std::string)> kFindCode{"identity.find_code", R"sql(
  select r.organization_id, r.target_id from app.code_registry r where r.code = $1
)sql"};

// Neither a conflict target nor returning: both need the right to see the row, and a partner that makes a
// link may add its code but not read the registry.
const db::Query<db::Nothing(std::string, CodeKind, Uuid)> kClaimCode{"identity.claim_code", R"sql(
  insert into app.code_registry (organization_id, code, kind, target_id)
  values ($1, $2, $3, $4)
  on conflict do nothing
)sql"};

std::string registered(CodeKind kind, std::string_view code) {
  return fmt::format("{}:{}", json::enum_name(kind), code);
}

using Cache = TimedCache<std::optional<CodeTarget>>;
Cache& cache() {
  thread_local Cache known{kCodesMax};
  return known;
}

}  // namespace

Task<bool> claim_code(db::Tx& tx, CodeKind kind, std::string code, Uuid target) {
  const std::string name = registered(kind, code);
  cache().erase(name);
  co_return co_await tx.exec(kClaimCode, name, kind, target) == 1;
}

Task<std::optional<CodeTarget>> find_code(db::Connection& service, CodeKind kind, std::string code) {
  const auto rows = co_await db::service_all(service, kFindCode, registered(kind, code));
  if (rows.empty()) co_return std::nullopt;
  co_return CodeTarget{rows.front().organization_id, rows.front().target_id};
}

Task<std::optional<CodeTarget>> resolve_code(db::Pool& pool, CodeKind kind, std::string code) {
  const std::string name = registered(kind, code);
  if (const auto* known = cache().find(name)) co_return *known;
  std::optional<CodeTarget> target;
  {
    auto lease = co_await pool.acquire(db::Role::service);
    target = co_await find_code(*lease, kind, std::move(code));
  }
  cache().put(name, target, target ? std::chrono::milliseconds{kKeepKnown} : kKeepUnknown);
  co_return target;
}

}  // namespace tandem::identity
