#include "attribution/link_cache.hpp"

#include <unordered_map>

#include "base/clock.hpp"
#include "db/tx.hpp"
#include "identity/api.hpp"

namespace tandem::attribution {
namespace {

struct LinkRow {
  PartnerId partner_id;
  std::string destination;
  bool counts;
};
BOOST_DESCRIBE_STRUCT(LinkRow, (), (partner_id, destination, counts))
const db::ServiceQuery<LinkRow(OrganizationId, LinkId)> kPublicLink{"attribution.public_link", R"sql(
  select l.partner_id, l.destination,
    l.state = 'active' and p.status = 'active' and o.status = 'active' as counts
  from app.links l
  join app.partners p on p.organization_id = l.organization_id and p.id = l.partner_id
  join app.organizations o on o.organization_id = l.organization_id
  where l.organization_id = $1 and l.id = $2 and o.status <> 'cancelled'
)sql"};

constexpr std::chrono::seconds kTimeToLive{2};
constexpr std::size_t kEntriesMax = 50'000;

struct Entry {
  std::optional<PublicLink> link;
  Monotonic::time_point until;
};
thread_local std::unordered_map<std::string, Entry> cache;

}  // namespace

Task<std::optional<PublicLink>> find_public_link(db::Pool& pool, std::string code) {
  const auto now = Monotonic::now();
  if (const auto hit = cache.find(code); hit != cache.end() && hit->second.until > now)
    co_return hit->second.link;
  std::optional<PublicLink> found;
  {
    auto lease = co_await pool.acquire(db::Role::service);
    if (const auto target = co_await identity::find_code(*lease, identity::CodeKind::link, code)) {
      const LinkId link_id{target->target_id};
      const auto rows = co_await db::service_all(*lease, kPublicLink, target->organization_id, link_id);
      if (!rows.empty())
        found = PublicLink{target->organization_id, link_id, rows.front().partner_id,
                           rows.front().destination, rows.front().counts};
    }
  }
  if (cache.size() >= kEntriesMax) cache.clear();
  cache[std::move(code)] = Entry{found, now + kTimeToLive};
  co_return found;
}

}  // namespace tandem::attribution
