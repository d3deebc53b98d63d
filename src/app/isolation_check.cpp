// `tandem isolation-check`: proves on your server, with your version and settings, that nobody reaches
// another's rows, without touching your data: it works in a scratch database that is dropped at the end.
#include "app/commands.hpp"
#include "app/database.hpp"
#include "app/isolation/isolation.hpp"
#include "app/wiring.hpp"
#include "base/json.hpp"

namespace tandem::app {
namespace {

std::string print_json(const isolation::Findings& found) {
  std::string out = fmt::format(
      R"({{"holds":{},"tables":{},"statements":{},"rows_seen":{},"routes":{},"requests":{},"own_answers":{},"texts_searched":{},"leaks":[)",
      found.leaks.empty(), found.tables, found.statements, found.rows_seen, found.routes, found.requests,
      found.own_answers, found.texts_searched);
  for (std::size_t i = 0; i < found.leaks.size(); ++i) {
    if (i > 0) out += ',';
    json::print_string(found.leaks[i], out);
  }
  return out + "]}";
}

isolation::Findings prove(const isolation::Target& target) {
  boost::asio::io_context io{1};
  db::Pool pool(io.get_executor(), target.pool);
  db::run_blocking(io, pool.measure_clock());
  http::Routes routes;
  declare_routes(routes);
  routes.check();
  const auto world = isolation::seed(io, pool);
  isolation::Findings found;
  isolation::check_tables(target, world, found);
  isolation::check_routes(io, pool, target, world, routes, make_hooks(), found);
  return found;
}

}  // namespace

int isolation_check(const Config& config, Format format) {
  const Database database = open_database(config);
  load_keys(config);
  register_listeners();
  register_jobs();
  const isolation::Scratch scratch(database.administrator, database.pool);
  const auto found = prove(scratch.target());
  if (format == Format::json) {
    fmt::print("{}\n", print_json(found));
    return found.leaks.empty() ? 0 : 1;
  }
  fmt::print("two organizations with two partners each, in a scratch database that is gone now\n");
  fmt::print("tables: {} tables x 3 roles x 8 contexts: {} statements; {} own rows were seen\n", found.tables,
             found.statements, found.rows_seen);
  fmt::print(
      "routes: {} routes x 6 actors: {} requests, {} of them with own ids and answered; every answer searched, for "
      "{} ids and texts in all\n",
      found.routes, found.requests, found.own_answers, found.texts_searched);
  for (const auto& line : found.leaks) fmt::print("LEAK  {}\n", line);
  fmt::print("{}\n", found.leaks.empty() ? "no leak" : fmt::format("{} leaks", found.leaks.size()));
  return found.leaks.empty() ? 0 : 1;
}

}  // namespace tandem::app
