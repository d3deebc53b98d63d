// The proof of isolation: two organizations with two partners each, seeded through the API into a scratch
// database, and then every role against every table and every actor against every route with foreign ids.
// Used by `tandem isolation-check` and by the oath of the same name. Nothing here touches data that was there
// before.
#pragma once
#include <boost/asio/io_context.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "db/blocking.hpp"
#include "db/pool.hpp"
#include "http/dispatch.hpp"

namespace tandem::app::isolation {

/// The database that is tried: migrated, and nobody else's.
struct Target {
  std::string administrator;  // conninfo
  db::PoolOptions pool;
};

/// A thing of one partner, or of its organization: resource ids by the names that routes use ("deal_id").
struct Things {
  PartnerId partner_id;
  std::string key;                         // secret of the partner's API key
  std::string marker;                      // in every text that was planted for this partner
  std::string session, csrf_token;         // cookie of a user of the partner's team, and what its calls bring
  std::map<std::string, std::string> ids;  // the partner's own, its organization's where it has none
};
struct Organization {
  OrganizationId id;
  std::string staff_key, site_key;
  std::array<Things, 2> partners;
};
struct World {
  std::array<Organization, 2> organizations;
};

/// What was tried and what was found. A leak is one line; so is a table, route or id that could not be tried.
struct Findings {
  std::vector<std::string> leaks;
  std::int64_t tables = 0, statements = 0,
               rows_seen = 0;  // rows_seen: own rows, the proof that the walls have doors
  std::int64_t routes = 0, requests = 0, own_answers = 0, texts_searched = 0;
  void leak(std::string line) { leaks.push_back(std::move(line)); }
};

/// Makes the two organizations with rows in every table. Needs the program's listeners and an installed
/// master key.
World seed(boost::asio::io_context& io, db::Pool& pool);

/// Every table × role × context. Leaves the data as it is.
void check_tables(const Target& target, const World& world, Findings& findings);

/// Every route × actor × id, with the keys of `world` through the hooks' own authentication. Ends by calling
/// every route with the caller's own ids, which changes the world.
void check_routes(boost::asio::io_context& io, db::Pool& pool, const Target& target, const World& world,
                  const http::Routes& routes, const http::Hooks& hooks, Findings& findings);

/// A table with an organization, as the catalogue describes it.
struct Table {
  std::string name;
  std::string partner_column;  // empty: it has none
  std::vector<std::string> columns, generated, uuids;
};
std::vector<Table> tables_of(db::AdminConnection& administrator);

/// Makes a scratch database on the server of `administrator`, migrated, and drops it when it goes out of
/// scope.
class Scratch {
 public:
  Scratch(const std::string& administrator, const db::PoolOptions& pool);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const Target& target() const { return target_; }

 private:
  void drop() noexcept;
  std::string administrator_, name_;
  Target target_;
};

}  // namespace tandem::app::isolation
