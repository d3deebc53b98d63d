#include "attribution/link_cache.hpp"

#include "base/timed_cache.hpp"
#include "db/tx.hpp"
#include "identity/api.hpp"

namespace tandem::attribution {
namespace {

struct LinkRow {
  PartnerId partner_id;
  std::string destination;
  bool stores, counts;
};
BOOST_DESCRIBE_STRUCT(LinkRow, (), (partner_id, destination, stores, counts))
const db::Query<LinkRow(LinkId)> kPublicLink{"attribution.public_link", R"sql(
  select l.partner_id, l.destination,
    l.state in ('active', 'paused') and o.status = 'active' as stores,
    l.state = 'active' and o.status = 'active' and p.status = 'active' as counts
  from app.links l
  join app.partners p on p.organization_id = l.organization_id and p.id = l.partner_id
  join app.organizations o on o.organization_id = l.organization_id
  where l.organization_id = $1 and l.id = $2 and o.status <> 'cancelled'
)sql"};

constexpr std::chrono::milliseconds kKeep{2000};
constexpr std::size_t kLinksMax = 50'000;
thread_local TimedCache<std::shared_ptr<const PublicLink>> links(kLinksMax);

}  // namespace

Task<std::shared_ptr<const PublicLink>> find_public_link(db::Pool& pool, std::string code) {
  if (const auto* known = links.find(code)) co_return *known;
  std::shared_ptr<const PublicLink> found;
  if (const auto target = co_await identity::resolve_code(pool, identity::CodeKind::link, code)) {
    const LinkId link_id{target->target_id};
    const db::Scope scope{target->organization_id, db::ActorKind::system, ActorId{}, std::nullopt};
    const auto row = co_await db::run_tx(pool, scope, db::Role::read,
                                         [link_id](db::Tx& tx) { return tx.maybe(kPublicLink, link_id); });
    if (row)
      found = std::make_shared<PublicLink>(target->organization_id, link_id, row->partner_id,
                                           row->destination, row->stores, row->counts);
  }
  links.put(code, found, kKeep);
  co_return found;
}

}  // namespace tandem::attribution
