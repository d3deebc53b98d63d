#include "app/database.hpp"

#include <filesystem>

#include "attribution/module.hpp"
#include "base/text.hpp"
#include "crypto/envelope.hpp"
#include "crypto/installation.hpp"
#include "crypto/master_key.hpp"
#include "db/conninfo.hpp"
#include "db/migrate.hpp"

namespace tandem::app {
namespace {

struct OrganizationRow {
  OrganizationId organization_id;
};
BOOST_DESCRIBE_STRUCT(OrganizationRow, (), (organization_id))
const db::ServiceQuery<OrganizationRow(std::string)> kOrganizationBySlug{"app.organization_by_slug", R"sql(
  select organization_id from app.code_registry where code = 'organization:' || $1
)sql"};

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += "\n  " + line;
  return out;
}

void require_current(const std::string& administrator, bool may_migrate) {
  const auto state = db::migration_state(administrator);
  if (!state.changed.empty())
    throw UserError(
        "these migrations were changed after they were applied; use the program that applied them:" +
        joined(state.changed));
  if (!state.unknown.empty())
    throw UserError("the database is of a newer version of tandem; upgrade this program. Unknown:" +
                    joined(state.unknown));
  if (state.pending.empty()) return;
  if (!may_migrate)
    throw UserError("the database misses migrations; run: tandem migrate --database-url …" +
                    joined(state.pending));
  db::migrate(administrator);
}

Database open_private(const Config& config) {
  Database out;
  db::ClusterOptions options;
  options.data = config.path("data");
  out.cluster = db::Cluster::start(options);
  const auto address = out.cluster->address();
  out.administrator = db::conninfo_with(address.conninfo, {{"user", address.administrator}});
  out.pool.conninfo = address.conninfo;
  require_current(out.administrator, true);
  return out;
}

Database open_yours(const Config& config, bool may_migrate) {
  Database out;
  out.administrator = config.text("database_url");
  out.pool.conninfo =
      db::conninfo_with(out.administrator, {{"user", ""}, {"password", config.text("role_password")}});
  if (const auto problems = db::check_server(out.administrator); !problems.empty() && !may_migrate)
    throw UserError("this PostgreSQL cannot be used yet:" + joined(problems));
  require_current(out.administrator, may_migrate);
  if (const auto defects = db::lint(out.administrator); !defects.empty())
    throw UserError("the database's walls or rights were changed; tandem will not serve it:" +
                    joined(defects));
  return out;
}

}  // namespace

Database open_database(const Config& config, bool may_migrate) {
  Database out = config.text("database_url").empty() ? open_private(config) : open_yours(config, may_migrate);
  out.pool.size.fill(config.integer("connections", 1, 64));
  return out;
}

void set_role_passwords(const std::string& administrator, const std::string& password) {
  if (password.empty()) return;
  db::AdminConnection connection(administrator);
  for (const auto role : db::kRoleNames)
    connection.exec(
        fmt::format("alter role {} password {}", db::quote_name(role), db::quote_literal(password)));
}

void load_keys(const Config& config) {
  const auto file = config.path("data") / "secret.key";
  std::filesystem::create_directories(config.path("data"));
  crypto::install_envelope(crypto::Envelope({crypto::load_or_create_master_key(file)}));
  attribution::set_click_key(crypto::installed_envelope().key_for("click-id"));
}

namespace {

/// Commands read whole organizations: the requests' limit of five seconds is not theirs.
db::PoolOptions patient(db::PoolOptions options) {
  options.conninfo = db::conninfo_with(options.conninfo, {{"options", "-c statement_timeout=30min"}});
  return options;
}

}  // namespace

Session::Session(const Config& config)
    : database(open_database(config)), pool(io.get_executor(), patient(database.pool)) {
  load_keys(config);
  run(pool.measure_clock());
}

void Session::refresh_statistics() {
  db::AdminConnection(database.administrator)
      .script(
          "analyze app.conversions, app.reversals, app.earnings, app.postings, app.transfers, app.accounts, "
          "app.visits, app.leads, app.partners");
}

OrganizationId Session::organization(const std::string& slug) {
  const auto find = [](db::Pool& pool_, std::string name) -> Task<std::vector<OrganizationRow>> {
    auto lease = co_await pool_.acquire(db::Role::service);
    co_return co_await db::service_all(*lease, kOrganizationBySlug, name);
  };
  const auto rows = run(find(pool, slug));
  if (rows.empty()) throw UserError(fmt::format("there is no organization '{}'", slug));
  return rows.front().organization_id;
}

}  // namespace tandem::app
