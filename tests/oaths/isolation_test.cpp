// Nobody reaches another's rows: the proof of `tandem isolation-check` on the tests' own cluster, and that it
// finds the leaks it is for. One seeded world serves all tests; each mends what it broke.
#include "app/isolation/isolation.hpp"

#include <gtest/gtest.h>

#include "app/database.hpp"
#include "app/wiring.hpp"
#include "attribution/ids.hpp"
#include "identity/log_in_limits.hpp"
#include "support/test_database.hpp"

namespace tandem::app::isolation {
namespace {

struct Stage {
  test::TemporaryFolder folder;
  std::unique_ptr<Scratch> scratch;
  boost::asio::io_context io{1};
  std::unique_ptr<db::Pool> pool;
  World world;

  Stage() {
    load_keys(Config::load({{"data", folder.path().string()}}));
    register_listeners();
    register_jobs();
    identity::LogInLimits::instance().clear();  // of what other tests tried
    auto& database = test::TestDatabase::instance();
    scratch = std::make_unique<Scratch>(database.make_empty(), database.pool_options());
    pool = std::make_unique<db::Pool>(io.get_executor(), scratch->target().pool);
    db::run_blocking(io, pool->measure_clock());
    world = seed(io, *pool);
  }
  static Stage& instance() {
    static Stage stage;
    return stage;
  }
  db::AdminConnection admin() const { return db::AdminConnection(scratch->target().administrator); }

  Findings tables() {
    Findings found;
    check_tables(scratch->target(), world, found);
    return found;
  }
  Findings routes(const http::Routes& table) {
    Findings found;
    check_routes(io, *pool, scratch->target(), world, table, make_hooks(), found);
    return found;
  }
};

std::string lines(const Findings& found) {
  std::string out;
  for (const auto& line : found.leaks) out += line + "\n";
  return out;
}
bool tells(const Findings& found, std::string_view text) {
  return std::ranges::any_of(found.leaks, [&](const auto& line) { return line.contains(text); });
}

TEST(Isolation, EveryTableIsWalledForEveryRole) {
  const auto found = Stage::instance().tables();
  EXPECT_TRUE(found.leaks.empty()) << lines(found);
  EXPECT_GT(found.tables, 25);
  EXPECT_GT(found.rows_seen, 100);  // the walls have doors
}

TEST(Isolation, ALostWallIsFound) {
  auto& stage = Stage::instance();
  auto admin = stage.admin();
  admin.exec("alter table app.links disable row level security");
  const auto found = stage.tables();
  admin.exec("alter table app.links enable row level security");
  EXPECT_TRUE(tells(found, "app_read as staff of A on links: select sees another organization's rows"));
  EXPECT_TRUE(tells(found, "app_read as partner 1 of A on links: select sees rows that are not the actor's"));
  EXPECT_TRUE(tells(found, "app_write as staff of A on links: insert into another organization"));
}

TEST(Isolation, AWallWithoutThePartnerIsFound) {
  auto& stage = Stage::instance();
  auto admin = stage.admin();
  admin.exec(
      "create policy too_wide on app.coupons for select to app_read "
      "using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)");
  const auto found = stage.tables();
  admin.exec("drop policy too_wide on app.coupons");
  EXPECT_TRUE(
      tells(found, "app_read as partner 1 of A on coupons: select sees rows that are not the actor's"));
  EXPECT_TRUE(tells(found, "app_read as nonsense of A on coupons"));
  EXPECT_FALSE(tells(found, "another organization"));
}

TEST(Isolation, ATableWithoutRowsIsNamed) {
  auto& stage = Stage::instance();
  auto admin = stage.admin();
  admin.exec(
      "create table app.novelties (organization_id uuid not null, id uuid not null, partner_id uuid not null, "
      "primary key (organization_id, id))");
  admin.exec(
      "insert into app.table_kinds (table_name, kind, key_column) values ('novelties', 'tenant', 'organization_id')");
  const auto found = stage.tables();
  admin.exec("delete from app.table_kinds where table_name = 'novelties'");
  admin.exec("drop table app.novelties");
  EXPECT_TRUE(tells(found, "not covered: novelties has no row of organization A"));
}

// ------------------------------------------------------------------ routes that forget the wall

struct LooseLink {
  std::string code;
};
BOOST_DESCRIBE_STRUCT(LooseLink, (), (code))
const db::ServiceQuery<LooseLink(attribution::LinkId)> kLoose{"test.isolation_any_link", R"sql(
  select code from app.links where id = $1
)sql"};
Task<LooseLink> any_link(http::Context context, attribution::LinkId id) {
  auto lease = co_await context.pool.acquire(db::Role::service);
  const auto rows = co_await db::service_all(*lease, kLoose, id);
  if (rows.empty()) throw Problem(kNotFound);
  co_return rows.front();
}

const db::ServiceQuery<LooseLink()> kAllLoose{"test.isolation_all_links", R"sql(
  select code from app.links order by code
)sql"};
struct LooseLinks {
  std::vector<LooseLink> links;
};
BOOST_DESCRIBE_STRUCT(LooseLinks, (), (links))
Task<LooseLinks> all_links(http::Context context) {
  auto lease = co_await context.pool.acquire(db::Role::service);
  co_return LooseLinks{co_await db::service_all(*lease, kAllLoose)};
}

TEST(Isolation, ARouteThatIgnoresTheWallIsFound) {
  http::Routes table;
  table.get("/api/loose/{link_id}", any_link)
      .says("Any link")
      .allow(http::Access::partner)
      .needs(http::Permission::links_read);
  table.get("/api/loose", all_links)
      .says("All links")
      .allow(http::Access::staff)
      .needs(http::Permission::links_read);
  table.check();
  const auto found = Stage::instance().routes(table);
  EXPECT_TRUE(
      tells(found, "as partner 1 of A with the link_id of A partner 2: answers 200, an unknown one 404"));
  EXPECT_TRUE(tells(found, "as staff of A with the link_id of B partner 1: answers 200, an unknown one 404"));
  EXPECT_TRUE(tells(found, "GET /api/loose as staff of A with own ids: the answer holds the text"));
}

TEST(Isolation, ARouteWhoseIdIsNotSeededIsNamed) {
  http::Routes table;
  table.get("/api/loose/{novelty_id}", any_link)
      .says("Any link")
      .allow(http::Access::partner)
      .needs(http::Permission::links_read);
  const auto found = Stage::instance().routes(table);
  EXPECT_TRUE(tells(found, "not covered: /api/loose/{novelty_id} has a {novelty_id}"));
}

// Last: it uses the world up.
TEST(Isolation, EveryRouteIsWalledForEveryActor) {
  http::Routes table;
  declare_routes(table);
  table.check();
  const auto found = Stage::instance().routes(table);
  EXPECT_TRUE(found.leaks.empty()) << lines(found);
  EXPECT_GT(found.requests, 1000);
  EXPECT_GT(found.own_answers, 100);
}

}  // namespace
}  // namespace tandem::app::isolation
