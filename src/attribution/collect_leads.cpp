#include "attribution/collect_leads.hpp"

#include <map>

#include "db/collector.hpp"
#include "db/tx.hpp"

namespace tandem::attribution {
namespace {

struct Arrived {
  OrganizationId organization_id;
  LeadFacts facts;
};
using LeadCollector = db::Collector<Arrived, LeadResult>;

Task<std::vector<LeadResult>> write(db::Pool& pool, OrganizationId organization_id,
                                    std::vector<LeadFacts> facts) {
  const db::Scope scope{organization_id, db::ActorKind::system, ActorId{}, std::nullopt};
  co_return co_await db::run_tx(
      pool, scope, db::Role::money,
      [&facts](db::Tx& tx) -> Task<std::vector<LeadResult>> { co_return co_await create_leads(tx, facts); });
}

Task<std::vector<LeadResult>> write_leads(db::Pool& pool, const std::vector<Arrived>& arrived) {
  std::map<OrganizationId, std::vector<std::size_t>> by_organization;
  for (std::size_t i = 0; i < arrived.size(); ++i) by_organization[arrived[i].organization_id].push_back(i);
  std::vector<LeadResult> out(arrived.size());
  for (const auto& [organization_id, indexes] : by_organization) {
    std::vector<LeadFacts> facts;
    for (const auto i : indexes) facts.push_back(arrived[i].facts);
    const auto results = co_await write(pool, organization_id, std::move(facts));
    for (std::size_t k = 0; k < indexes.size(); ++k) out[indexes[k]] = results[k];
  }
  co_return out;
}

}  // namespace

Task<LeadResult> collect(db::Pool& pool, OrganizationId organization_id, LeadFacts facts) {
  auto& collector = pool.local<LeadCollector>([&pool] {
    return std::make_shared<LeadCollector>(
        pool.executor(), [&pool](const std::vector<Arrived>& arrived) { return write_leads(pool, arrived); },
        db::CollectorLimits{.batch_max = 256, .waiting_max = 5'000});
  });
  co_return co_await collector.submit({organization_id, std::move(facts)});
}

}  // namespace tandem::attribution
