#include "attribution/landings.hpp"

#include "attribution/click.hpp"
#include "base/clock.hpp"
#include "db/collector.hpp"
#include "identity/api.hpp"

namespace tandem::attribution {
namespace {

struct Landing {
  OrganizationId organization_id;
  VisitId visit_id;
};

const db::ServiceQuery<db::Nothing(std::vector<OrganizationId>, std::vector<VisitId>, Timestamp)> kStore{
    "attribution.store_landings", R"sql(
  insert into app.landings (organization_id, visit_id, host, at)
  select distinct v.organization_id, v.id, l.host, $3::timestamptz
  from unnest($1::uuid[], $2::uuid[]) as u(organization_id, visit_id)
  join app.visits v on v.organization_id = u.organization_id and v.id = u.visit_id
  join app.links l on l.organization_id = v.organization_id and l.id = v.link_id
  order by v.organization_id, v.id
  on conflict do nothing
  returning 1
)sql"};

using LandingCollector = db::Collector<Landing, bool>;

Task<std::vector<bool>> store(db::Pool& pool, const std::vector<Landing>& landings) {
  std::vector<OrganizationId> organizations;
  std::vector<VisitId> visits;
  for (const auto& landing : landings) {
    organizations.push_back(landing.organization_id);
    visits.push_back(landing.visit_id);
  }
  auto lease = co_await pool.acquire(db::Role::service);
  co_await db::service_all(*lease, kStore, organizations, visits, Clock::now());
  co_return std::vector<bool>(landings.size(), true);
}

/// Whatever does not fit is ignored: who asks learns nothing.
Task<http::NoContent> tell_landing(http::Context context, TellLanding request) {
  const auto visit = verify_click_id(request.click_id.str());
  if (!visit) co_return http::NoContent{};
  const auto site =
      co_await identity::resolve_code(context.pool, identity::CodeKind::site_key, request.site_key.str());
  if (!site) co_return http::NoContent{};
  auto& collector = context.pool.local<LandingCollector>([&pool = context.pool] {
    return std::make_shared<LandingCollector>(
        pool.executor(), [&pool](const std::vector<Landing>& landings) { return store(pool, landings); });
  });
  co_await collector.submit({site->organization_id, *visit});
  co_return http::NoContent{};
}

}  // namespace

void declare_landings(http::Routes& routes) {
  routes.tag("Tracking");
  routes.post("/api/landings", tell_landing)
      .says("Tell that the page of a click was seen")
      .explains(
          "Called by the tracking script, once a click. Where a site tells of its landings, a click without one "
          "attributes nothing (setting `clicks_need_landing`). Anything unknown is ignored.")
      .allow(http::Access::open)
      .answers(204)
      .repeats(http::Repeat::content)
      .takes_text()
      .from_any_origin()
      .body_up_to(4 * 1024);
}

}  // namespace tandem::attribution
