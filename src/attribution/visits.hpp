// Visits: arrivals through a link, by the tracking script or the redirect. The hot path of the product:
// concurrent visits share one insert and one commit, and each is answered after it. Crawlers and repeats are
// stored as what they are and never counted. The tracking script itself, GET /t.js, is served here too.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "attribution/api.hpp"
#include "attribution/ids.hpp"
#include "base/page.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "db/pool.hpp"
#include "http/routes.hpp"

namespace tandem::attribution {

struct CreateVisit {
  VisitorId visitor_id;
  Code partner_code;  // a link's code
  std::optional<Text<1, 2000>> landing_url, referrer;
};
BOOST_DESCRIBE_STRUCT(CreateVisit, (), (visitor_id, partner_code, landing_url, referrer))

struct VisitRecorded {
  VisitId visit_id;
  bool counted = false;
};
BOOST_DESCRIBE_STRUCT(VisitRecorded, (), (visit_id, counted))

struct Visit {
  VisitId id;
  PartnerId partner_id;
  LinkId link_id;
  std::string visitor_id;
  VisitStatus status{};
  VisitSource source{};
  std::optional<std::string> landing_url, referrer, user_agent;
  Timestamp at;
};
BOOST_DESCRIBE_STRUCT(Visit, (),
                      (id, partner_id, link_id, visitor_id, status, source, landing_url, referrer, user_agent,
                       at))

struct ListVisits {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<PartnerId> partner_id;
  std::optional<LinkId> link_id;
  std::optional<VisitStatus> status;
  std::optional<Timestamp> from, to;  // half-open
};
BOOST_DESCRIBE_STRUCT(ListVisits, (), (cursor, limit, sort, partner_id, link_id, status, from, to))

void declare_visits(http::Routes& routes);

}  // namespace tandem::attribution
