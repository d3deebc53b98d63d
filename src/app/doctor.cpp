// `tandem doctor`: every setting with its value and origin, then every check, each with how to mend it.
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "app/commands.hpp"
#include "app/database.hpp"
#include "app/mail_settings.hpp"
#include "app/outgoing_settings.hpp"
#include "app/print.hpp"
#include "app/single_sign_on_settings.hpp"
#include "base/json.hpp"
#include "db/migrate.hpp"

namespace tandem::app {
namespace {

struct SettingLine {
  std::string name, value, origin, help;
};
BOOST_DESCRIBE_STRUCT(SettingLine, (), (name, value, origin, help))
struct Check {
  std::string name;
  bool ok = true;
  std::string detail;  // what was found, and when it is wrong how to mend it
};
BOOST_DESCRIBE_STRUCT(Check, (), (name, ok, detail))
struct Diagnosis {
  bool healthy = true;
  std::vector<SettingLine> settings;
  std::vector<Check> checks;
};
BOOST_DESCRIBE_STRUCT(Diagnosis, (), (healthy, settings, checks))

std::string shown(const Config& config, const Setting& setting) {
  const auto& value = config.text(setting.name);
  return setting.is_secret && !value.empty() ? "****" : value;
}

/// Runs one check; what it throws is its failure, in words.
template <class Work>
void check(Diagnosis& out, std::string name, Work work) {
  Check line{std::move(name), true, {}};
  try {
    line.detail = work();
  } catch (const std::exception& error) {
    line.ok = false;
    line.detail = error.what();
  }
  out.healthy = out.healthy && line.ok;
  out.checks.push_back(std::move(line));
}

std::string check_values(const Config& config) {
  config.integer("port", 0, 65535);
  config.integer("threads", 0, 256);
  config.integer("connections", 1, 64);
  config.integer("connections_per_address", 1, 4096);
  config.integer("stop_seconds", 0, 3600);
  config.flag("access_log");
  for (const auto level : {"debug", "info", "warn", "error"})
    if (config.text("log_level") == level) return "every value can be read";
  throw UserError("log_level: debug, info, warn or error is expected");
}

std::string check_data_folder(const Config& config) {
  const auto data = config.path("data");
  if (!std::filesystem::exists(data)) return fmt::format("{} will be made on the first start", data.string());
  if (::access(data.c_str(), W_OK) != 0)
    throw UserError(fmt::format("{} cannot be written; give it to the user that runs tandem", data.string()));
  constexpr std::uintmax_t kLeast = 1ULL << 30;
  const auto space = std::filesystem::space(data).available;
  if (space < kLeast)
    throw UserError(fmt::format("{} has {} MB free; make room, the database stops when it is full",
                                data.string(), space >> 20));
  return fmt::format("{}, {} GB free", data.string(), space >> 30);
}

std::string check_single_sign_on(const Config& config) {
  auto settings = single_sign_on_settings(config);
  if (!settings) return "off; set oidc_issuer, oidc_client_id and public_url";
  net::set_policy(outgoing_policy(config));
  identity::set_single_sign_on(std::move(settings));
  boost::asio::io_context io{1};
  try {
    return "by " + db::run_blocking(io, identity::look_at_single_sign_on());
  } catch (const Problem& problem) {
    throw UserError(problem.detail() +
                    " oidc_issuer must be what the provider calls itself; a provider in a "
                    "private network goes into outgoing_networks");
  }
}

std::string check_tls(const Config& config) {
  const auto& certificate = config.text("tls_certificate");
  const auto& key = config.text("tls_key");
  if (certificate.empty() && key.empty())
    return "off; put a reverse proxy in front or set tls_certificate and tls_key";
  for (const auto& file : {certificate, key})
    if (file.empty() || ::access(file.c_str(), R_OK) != 0)
      throw UserError(
          fmt::format("'{}' cannot be read; tls_certificate and tls_key both name PEM files", file));
  return "on";
}

void check_database(const Config& config, Diagnosis& out) {
  std::optional<Database> database;
  check(out, "database", [&] {
    database.emplace(open_database(config));
    return database->cluster ? "private cluster in the data folder" : "your PostgreSQL";
  });
  if (!database) return;
  check(out, "server and roles", [&] {
    const auto problems = db::check_server(database->administrator);
    if (!problems.empty()) throw UserError(problems.front());
    return "version and roles are right";
  });
  check(out, "migrations", [&] {
    const auto state = db::migration_state(database->administrator);
    if (!state.pending.empty()) throw UserError("run: tandem migrate");
    return fmt::format("{} applied, none missing", state.applied.size());
  });
  check(out, "walls and rights", [&] {
    const auto defects = db::lint(database->administrator);
    if (!defects.empty())
      throw UserError(fmt::format("{} defects, the first: {}", defects.size(), defects.front()));
    return "the catalogue's lint finds nothing";
  });
  check(out, "keys", [&] {
    load_keys(config);
    return (config.path("data") / "secret.key").string() +
           " opens; keep a copy apart from the database's backups";
  });
}

}  // namespace

int doctor(const Config& config, Format format) {
  Diagnosis out;
  for (const auto& setting : settings())
    out.settings.push_back({std::string(setting.name), shown(config, setting),
                            std::string(origin_name(config.origin(setting.name))),
                            std::string(setting.help)});
  check(out, "settings", [&] { return check_values(config); });
  check(out, "data folder", [&] { return check_data_folder(config); });
  check(out, "mail", [&] {
    const auto mail = mail_settings(config);
    return mail.server ? fmt::format("by {}", mail.server->url)
                       : fmt::format("files in {}; set mail_server to send it", mail.folder.string());
  });
  check(out, "single sign-on", [&] { return check_single_sign_on(config); });
  check(out, "TLS", [&] { return check_tls(config); });
  check_database(config, out);
  if (format == Format::json) {
    fmt::print("{}\n", json::print(out));
    return out.healthy ? 0 : 1;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& line : out.settings) rows.push_back({line.name, line.value, line.origin, line.help});
  fmt::print("{}\n", table({"setting", "value", "from", "what it is"}, rows));
  for (const auto& line : out.checks)
    fmt::print("{} {}: {}\n", line.ok ? "ok   " : "WRONG", line.name, line.detail);
  return out.healthy ? 0 : 1;
}

}  // namespace tandem::app
