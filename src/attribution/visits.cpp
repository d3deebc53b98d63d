#include "attribution/visits.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "attribution/click.hpp"
#include "attribution/counted_visits.hpp"
#include "attribution/crawlers.hpp"
#include "attribution/link_cache.hpp"
#include "base/clock.hpp"
#include "base/json.hpp"
#include "db/collector.hpp"
#include "db/row_array.hpp"
#include "http/static_files.hpp"

namespace tandem::embedded {
extern const std::string_view t_js;
}

namespace tandem::attribution {
namespace {

using http::Access;
using http::Permission;
using http::Role;

inline constexpr ProblemKind kUnknownCode{404, "unknown_code", "No active partner has this code"};

/// A row of app.visit_row. Texts point into the facts.
struct VisitRow {
  static constexpr std::string_view kPgArray = "_visit_row";
  OrganizationId organization_id;
  VisitId id;
  PartnerId partner_id;
  LinkId link_id;
  std::string_view visitor_id;
  VisitStatus status{};
  VisitSource source{};
  Timestamp at;
  std::int64_t slot = 0;
  std::optional<std::string_view> landing_url, referrer, user_agent, ip;
};
BOOST_DESCRIBE_STRUCT(VisitRow, (),
                      (organization_id, id, partner_id, link_id, visitor_id, status, source, at, slot,
                       landing_url, referrer, user_agent, ip))
using VisitRows = db::RowArray<VisitRow>;

// All of them, or none and an error of visits_once: the index that counts a visitor once on a link in half an
// hour, whoever writes at the same time.
const db::ServiceQuery<db::Nothing(VisitRows)> kInsertVisits{"attribution.insert_visits", R"sql(
  insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, at, slot, landing_url,
    referrer, user_agent, ip)
  select u.organization_id, u.id, u.partner_id, u.link_id, u.visitor_id, u.status, u.source, u.at, u.slot,
    u.landing_url, u.referrer, u.user_agent, u.ip::inet
  from unnest($1::app.visit_row[]) as u
  returning 1
)sql"};
struct WrittenRow {
  VisitId id;
};
BOOST_DESCRIBE_STRUCT(WrittenRow, (), (id))
// Gives the ids that were written; what counts and is counted already is not. To ask the index before each
// row makes the insert a third dearer. Ids are new, so only that index is asked.
const db::ServiceQuery<WrittenRow(VisitRows)> kInsertNewVisits{"attribution.insert_new_visits", R"sql(
  insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, at, slot, landing_url,
    referrer, user_agent, ip)
  select u.organization_id, u.id, u.partner_id, u.link_id, u.visitor_id, u.status, u.source, u.at, u.slot,
    u.landing_url, u.referrer, u.user_agent, u.ip::inet
  from unnest($1::app.visit_row[]) as u
  on conflict (organization_id, visitor_id, link_id, slot) where status = 'counted' do nothing
  returning id
)sql"};
// The same of one organization, in its transaction; what is imported again brings ids that are known.
const db::Query<WrittenRow(VisitRows)> kImportVisits{"attribution.import_visits", R"sql(
  insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, at, slot, landing_url,
    referrer, user_agent, ip)
  select $1, u.id, u.partner_id, u.link_id, u.visitor_id, u.status, u.source, u.at, u.slot, u.landing_url, u.referrer,
    u.user_agent, u.ip::inet
  from unnest($2::app.visit_row[]) as u
  on conflict do nothing
  returning id
)sql"};

VisitRow row_of(const VisitFacts& visit, VisitStatus status) {
  return {.organization_id = visit.organization_id,
          .id = visit.id,
          .partner_id = visit.partner_id,
          .link_id = visit.link_id,
          .visitor_id = visit.visitor_id,
          .status = status,
          .source = visit.source,
          .at = visit.at,
          .slot = slot_of(visit.at),
          .landing_url = visit.landing_url,
          .referrer = visit.referrer,
          .user_agent = visit.user_agent,
          .ip = visit.ip};
}

/// In one order, so that two batches never wait for each other; of one visitor the first to arrive stays
/// first.
std::vector<std::size_t> order_of(const std::vector<VisitFacts>& visits) {
  std::vector<std::size_t> order(visits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return std::tie(visits[a].visitor_id, a) < std::tie(visits[b].visitor_id, b);
  });
  return order;
}

VisitStatus wanted_status(const VisitFacts& visit) {
  return visit.is_crawler    ? VisitStatus::crawler
         : visit.is_inactive ? VisitStatus::inactive
                             : VisitStatus::counted;
}

/// Stores a batch: first everything as what it is, then as duplicates what the database did not take. Nothing
/// for an id that is known. `insert` is Task<std::vector<WrittenRow>>(VisitRows).
template <class Insert>
Task<std::vector<std::optional<VisitStatus>>> store(const std::vector<VisitFacts>& visits, Insert insert) {
  std::vector<std::optional<VisitStatus>> out(visits.size());
  std::vector<std::size_t> rest = order_of(visits);
  for (const bool is_repeat : {false, true}) {
    if (rest.empty()) break;
    VisitRows rows;
    std::unordered_map<VisitId, std::size_t> position;
    for (const auto i : rest) {
      rows.add(row_of(visits[i], is_repeat ? VisitStatus::duplicate : wanted_status(visits[i])));
      position.emplace(visits[i].id, i);
    }
    for (const WrittenRow& row : co_await insert(std::move(rows))) {
      const auto i = position.at(row.id);
      out[i] = is_repeat ? VisitStatus::duplicate : wanted_status(visits[i]);
    }
    std::erase_if(rest, [&](std::size_t i) { return out[i].has_value(); });
  }
  co_return out;
}

/// Stores a batch as it is expected to be. False, and nothing stored, when a visit is counted already that
/// this process does not know of: another server's, one from before the start, or of another batch on its
/// way.
Task<bool> insert_as(db::Connection& connection, const std::vector<VisitFacts>& visits,
                     const std::vector<VisitStatus>& statuses) {
  VisitRows rows;
  for (const auto i : order_of(visits)) rows.add(row_of(visits[i], statuses[i]));
  try {
    co_await db::service_all(connection, kInsertVisits, std::move(rows));
  } catch (const db::DbError& error) {
    if (error.constraint() != "visits_once") throw;
    co_return false;
  }
  co_return true;
}

const db::ListQuery<Visit(std::optional<PartnerId>, std::optional<LinkId>, std::optional<VisitStatus>,
                          std::optional<Timestamp>, std::optional<Timestamp>)>
    kListVisits{"attribution.list_visits",
                R"sql(
  select v.id, v.partner_id, v.link_id, v.visitor_id, v.status, v.source, v.landing_url, v.referrer, v.user_agent, v.at
  from app.visits v
  where v.organization_id = $1
    and ($2::uuid is null or v.partner_id = $2)
    and ($3::uuid is null or v.link_id = $3)
    and ($4::text is null or v.status = $4)
    and ($5::timestamptz is null or v.at >= $5)
    and ($6::timestamptz is null or v.at < $6))sql",
                "v.id",
                {{"id", "v.id", "uuid"}, {"at", "v.at", "timestamptz"}}};

std::optional<std::string> cut(std::optional<std::string_view> text, std::size_t bytes) {
  if (!text || text->empty()) return std::nullopt;
  std::string_view head = text->substr(0, bytes);
  // Headers are bytes; only clean text goes to the database.
  return is_clean_text(head) ? std::optional(std::string(head)) : std::nullopt;
}

VisitFacts to_facts(const http::Request& request, const PublicLink& link, std::string visitor_id,
                    VisitSource source) {
  VisitFacts facts{.organization_id = link.organization_id,
                   .id = VisitId{new_uuid()},
                   .partner_id = link.partner_id,
                   .link_id = link.link_id,
                   .visitor_id = std::move(visitor_id),
                   .is_crawler = is_crawler(request.header("user-agent").value_or("")),
                   .is_inactive = !link.counts,
                   .source = source,
                   .at = Clock::now(),
                   .landing_url = std::nullopt,
                   .referrer = std::nullopt,
                   .user_agent = cut(request.header("user-agent"), 512),
                   .ip = request.client_ip.empty() ? std::nullopt : std::optional(request.client_ip)};
  return facts;
}

using VisitCollector = db::Collector<VisitFacts, VisitStatus>;

VisitCollector& collector_of(db::Pool& pool) {
  return pool.local<VisitCollector>([&pool] {
    return std::make_shared<VisitCollector>(pool.executor(), [&pool](const std::vector<VisitFacts>& visits) {
      return write_visits(pool, visits);
    });
  });
}

Task<VisitRecorded> create_visit(http::Context context, CreateVisit request) {
  const auto link = co_await find_public_link(context.pool, request.partner_code.normalised());
  if (!link || !link->stores) throw Problem(kUnknownCode);
  auto facts = to_facts(context.request, *link, std::move(request.visitor_id).str(), VisitSource::script);
  if (request.landing_url) facts.landing_url = std::move(*request.landing_url).str();
  if (request.referrer) facts.referrer = std::move(*request.referrer).str();
  const VisitId id = facts.id;
  const VisitStatus status = co_await collector_of(context.pool).submit(std::move(facts));
  co_return VisitRecorded{id, status == VisitStatus::counted};
}

/// `destination` with one query parameter more, before its fragment.
std::string with_parameter(const std::string& destination, std::string_view name, const std::string& value) {
  const auto hash = destination.find('#');
  std::string out = destination.substr(0, hash);
  out += out.find('?') == std::string::npos ? '?' : '&';
  out += name;
  out += '=';
  out += value;
  if (hash != std::string::npos) out += destination.substr(hash);
  return out;
}

Task<http::Response> redirect(http::Context context, Code code) {
  const auto link = co_await find_public_link(context.pool, code.normalised());
  if (!link) throw Problem(kUnknownCode);
  http::Response out;
  out.status = 302;
  out.content_type.clear();
  out.headers.emplace_back("Cache-Control", "no-store");
  if (!link->stores) {  // the visitor still arrives; nobody earns
    out.headers.emplace_back("Location", link->destination);
    co_return out;
  }
  const auto cookie = context.request.cookie("tdm_vid");
  const auto known = cookie ? VisitorId::parse(*cookie) : std::nullopt;
  const std::string visitor_id = known ? known->str() : new_uuid().str();
  auto facts = to_facts(context.request, *link, visitor_id, VisitSource::redirect);
  facts.referrer = cut(context.request.header("referer"), 2000);
  const VisitId id = facts.id;
  co_await collector_of(context.pool).submit(std::move(facts));
  if (!link->counts) {
    out.headers.emplace_back("Location", link->destination);
    co_return out;
  }
  const std::string click = click_id(id);
  out.headers.emplace_back("Location", with_parameter(link->destination, "tdm_click", click));
  out.headers.emplace_back("Set-Cookie",
                           "tdm_vid=" + visitor_id + "; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
  out.headers.emplace_back("Set-Cookie",
                           "tdm_click=" + click + "; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax");
  co_return out;
}

Task<http::Response> tracking_script(http::Context context) {
  static const http::StaticFile file{"text/javascript; charset=utf-8", embedded::t_js, {}, {}};
  co_return http::serve_file(file, context.request);
}

Task<Page<Visit>> list_visits(db::Tx& tx, ListVisits query) {
  const char* usual = query.from || query.to ? "-at" : "-id";  // a span of time has its index
  co_return co_await tx.page(kListVisits, query.sort ? query.sort->str() : usual, query.cursor,
                             query.limit.value_or(PageLimit{}), query.partner_id, query.link_id, query.status,
                             query.from, query.to);
}

}  // namespace

Task<std::vector<VisitStatus>> write_visits(db::Pool& pool, const std::vector<VisitFacts>& visits) {
  static CountedVisits counted;
  auto lease = co_await pool.acquire(db::Role::service);
  std::vector<VisitStatus> statuses(visits.size());
  std::ranges::transform(visits, statuses.begin(), wanted_status);
  const auto keys = CountedVisits::keys_of(visits);
  counted.mark_repeats(keys, statuses);
  if (!co_await insert_as(*lease, visits, statuses)) {
    const auto written = co_await store(
        visits, [&](VisitRows rows) { return db::service_all(*lease, kInsertNewVisits, std::move(rows)); });
    std::ranges::transform(written, statuses.begin(), [](const auto& status) { return status.value(); });
  }
  counted.remember(keys, statuses);
  co_return statuses;
}

Task<std::vector<std::optional<VisitStatus>>> import_visits(db::Tx& tx,
                                                            const std::vector<VisitFacts>& visits) {
  co_return co_await store(visits, [&tx](VisitRows rows) { return tx.all(kImportVisits, rows); });
}

void declare_visits(http::Routes& routes) {
  routes.tag("Tracking");
  routes.get("/t.js", tracking_script)
      .says("The tracking script")
      .allow(Access::open)
      .answers_type("text/javascript")
      .from_any_origin();
  routes.get("/r/{code}", redirect)
      .says("Follow a partner's link")
      .explains(
          "Stores the visit, then redirects to the link's destination with a signed click id (tdm_click).")
      .allow(Access::open)
      .answers(302)
      .refuses({&kUnknownCode});
  routes.post("/api/visits", create_visit)
      .says("Record a visit")
      .explains(
          "Called by the tracking script. Repeats of one visitor on one link within half an hour, crawlers and what "
          "comes through the link of a suspended partner are stored and not counted. The answer comes after the commit.")
      .allow(Access::open)
      .answers(200)
      .repeats(http::Repeat::content)
      .takes_text()
      .from_any_origin()
      .body_up_to(16 * 1024)
      .refuses({&kUnknownCode});
  routes.get("/api/visits", list_visits)
      .says("List visits")
      .allow(Access::partner)
      .needs(Permission::links_read)
      .as(Role::read);
}

}  // namespace tandem::attribution
