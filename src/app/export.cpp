// `tandem export`: a whole list as CSV, the same rows and columns as the API's, by the same routes.
#include <cstdio>
#include <fstream>
#include <sstream>

#include "app/commands.hpp"
#include "app/database.hpp"
#include "app/local_api.hpp"

namespace tandem::app {
namespace {

/// Asks the list as the organization's staff would, page by page, and gives its CSV to `out`.
void write_list(Session& session, LocalApi& api, const std::string& path, std::ostream& out) {
  std::string cursor;
  bool is_first = true;
  do {
    http::Pairs query{{"format", "csv"}};
    if (!cursor.empty()) query.emplace_back("cursor", cursor);
    const http::Response answer =
        session.run(api.call(session.pool, http::Method::get, path, std::move(query)));
    if (answer.status != 200)
      throw UserError(fmt::format("the list answers {}: {}", answer.status, answer.body));
    std::string_view rows = answer.body;
    if (!is_first) rows.remove_prefix(std::min(rows.size(), rows.find('\n') + 1));  // one header
    out << rows;
    cursor.clear();
    for (const auto& [name, value] : answer.headers)
      if (name == "Next-Cursor") cursor = value;
    is_first = false;
  } while (!cursor.empty());
}

}  // namespace

int export_data(const Config& config, const ExportOptions& options) {
  Session session(config);
  const auto organization_id = session.organization(options.organization);
  LocalApi api;
  api.act_as_staff(organization_id);
  const std::string path = "/api/" + options.what;
  if (options.output.empty() || options.output == "-") {
    std::ostringstream out;
    write_list(session, api, path, out);
    fmt::print("{}", out.str());
    return 0;
  }
  std::ofstream out(options.output, std::ios::binary);
  if (!out) throw UserError(options.output + ": cannot be written");
  write_list(session, api, path, out);
  return 0;
}

}  // namespace tandem::app
