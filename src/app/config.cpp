#include "app/config.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <stdexcept>

namespace tandem::app {
namespace {

constexpr std::array kSettings{
    Setting{"config", "", "TOML file with any of these settings"},
    Setting{"data", "data", "folder of the private database, keys and files"},
    Setting{"database_url", "",
            "your PostgreSQL 15 as its administrator; empty: a private one in the data folder", true},
    Setting{"role_password", "",
            "password of the roles app_read, app_write, app_money, app_service on your PostgreSQL", true},
    Setting{"address", "127.0.0.1", "address to listen on"},
    Setting{"port", "8080", "port to listen on; 0: any free one"},
    Setting{"threads", "0", "threads that serve; 0: one a core"},
    Setting{"connections", "4", "database connections of each role on each thread, at most"},
    Setting{"tls_certificate", "",
            "PEM file with the certificate chain; with tls_key the server speaks HTTPS"},
    Setting{"tls_key", "", "PEM file with the private key"},
    Setting{"hosts", "", "host names that are served, comma-separated; empty: any"},
    Setting{"proxies", "", "addresses of reverse proxies whose X-Forwarded-For is believed, comma-separated"},
    Setting{"connections_per_address", "64", "TCP connections of one client address, at most"},
    Setting{"caller_requests_per_second", "100",
            "requests a second of one API key or person, in bursts of twice as many; 0: any number"},
    Setting{"caller_requests_in_progress", "20", "requests of one API key or person at once; 0: any number"},
    Setting{
        "organization_requests_per_second", "2000",
        "requests a second of all keys and people of one organization, in bursts of twice as many; 0: any "
        "number"},
    Setting{"reports_in_progress", "2", "reports and lists as CSV at once, of everybody; 0: any number"},
    Setting{"log_level", "info", "debug, info, warn or error"},
    Setting{"access_log", "true", "one line of JSON for each request"},
    Setting{"metrics_addresses", "127.0.0.1,::1", "addresses that may read /metrics, comma-separated"},
    Setting{"public_url", "", "where people reach this server, for links in mail; empty: address and port"},
    Setting{"mail_server", "",
            "smtp://host:587 or smtps://host:465; empty: mails become files in the data folder"},
    Setting{"mail_user", "", "login at the mail server; empty: none"},
    Setting{"mail_password", "", "password at the mail server", true},
    Setting{"mail_from", "tandem@localhost.localdomain", "sender's address"},
    Setting{"mail_tls", "required", "required, if_offered or none"},
    Setting{"mail_authorities", "",
            "PEM file of certificate authorities for the mail server; empty: the system's"},
    Setting{"oidc_issuer", "",
            "OpenID provider for single sign-on, such as https://accounts.example.com; empty: none"},
    Setting{"oidc_client_id", "", "what the provider calls this installation"},
    Setting{"oidc_client_secret", "", "its secret there; empty: a public client", true},
    Setting{"oidc_label", "Single sign-on", "what the button on the sign-in page says"},
    Setting{"oidc_domains", "",
            "domains of e-mail addresses that may sign in by it, comma-separated; empty: any"},
    Setting{"chartmogul_url", "https://api.chartmogul.com", "where ChartMogul's API is"},
    Setting{"ecb_url", "https://www.ecb.europa.eu/stats/eurofxref",
            "where the European Central Bank's rates are fetched; empty: they are not"},
    Setting{"cbu_url", "https://cbu.uz/uz/arkhiv-kursov-valyut",
            "where the Central Bank of Uzbekistan's rates are fetched; empty: they are not"},
    Setting{"paypal_url", "https://api-m.paypal.com",
            "where PayPal's API is; simulator: nowhere, payouts are played"},
    Setting{"wise_url", "https://api.wise.com", "where Wise's API is; simulator: nowhere"},
    Setting{"stripe_url", "https://api.stripe.com", "where Stripe's API is; simulator: nowhere"},
    Setting{"outgoing_networks", "",
            "private networks that may be called, also by http, comma-separated; empty: none"},
    Setting{"outgoing_authorities", "", "PEM file of certificate authorities trusted besides the system's"},
    Setting{"stop_seconds", "20", "how long a stop waits for accepted requests"},
};

std::string environment_name(std::string_view setting) {
  std::string out = "TANDEM_";
  for (const char c : setting) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::string toml_text(const toml::node& node, std::string_view key) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto yes = node.value_exact<bool>()) return *yes ? "true" : "false";
  if (const auto* items = node.as_array()) {
    std::string out;
    for (const auto& item : *items) out += (out.empty() ? "" : ",") + item.value_or(std::string());
    return out;
  }
  throw std::runtime_error(
      fmt::format("{}: a text, number, true, false or a list of texts is expected", key));
}

}  // namespace

std::span<const Setting> settings() { return kSettings; }

std::string_view origin_name(Origin origin) {
  constexpr std::array<std::string_view, 4> kNames{"default", "file", "environment", "flag"};
  return kNames[static_cast<std::size_t>(origin)];
}

Config Config::load(const std::map<std::string, std::string>& flags) {
  Config config;
  for (const auto& setting : kSettings)
    config.values_[std::string(setting.name)] = {std::string(setting.default_value), Origin::default_};
  const auto overlay = [&](const Setting& setting) {
    auto& value = config.values_[std::string(setting.name)];
    // Read before any thread is started.
    if (const char* text =
            std::getenv(environment_name(setting.name).c_str()))  // NOLINT(concurrency-mt-unsafe)
      value = {text, Origin::environment};
    if (const auto flag = flags.find(std::string(setting.name)); flag != flags.end())
      value = {flag->second, Origin::flag};
  };
  overlay(kSettings.front());
  if (const auto& file = config.text("config"); !file.empty()) {
    toml::table table;
    try {
      table = toml::parse_file(file);
    } catch (const toml::parse_error& error) {
      throw std::runtime_error(
          fmt::format("{}:{}: {}", file, error.source().begin.line, error.description()));
    }
    for (const auto& [key, node] : table) {
      const auto known = config.values_.find(key.str());
      if (known == config.values_.end())
        throw std::runtime_error(fmt::format("{}:{}: there is no setting {}; tandem doctor lists them", file,
                                             key.source().begin.line, key.str()));
      known->second = {toml_text(node, key.str()), Origin::file};
    }
  }
  std::ranges::for_each(kSettings, overlay);
  return config;
}

const std::string& Config::text(std::string_view name) const { return values_.find(name)->second.text; }

int Config::integer(std::string_view name, int min, int max) const {
  const auto& value = text(name);
  int out = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc{} || end != value.data() + value.size() || out < min || out > max)
    throw std::runtime_error(
        fmt::format("{}: a whole number from {} to {} is expected, not '{}'", name, min, max, value));
  return out;
}

bool Config::flag(std::string_view name) const {
  const auto& value = text(name);
  for (const auto yes : {"true", "yes", "1", "on"})
    if (value == yes) return true;
  for (const auto no : {"false", "no", "0", "off"})
    if (value == no) return false;
  throw std::runtime_error(fmt::format("{}: true or false is expected, not '{}'", name, value));
}

std::vector<std::string> Config::list(std::string_view name) const {
  std::vector<std::string> out;
  std::string_view rest = text(name);
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    auto item = rest.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (!item.empty()) out.emplace_back(item);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return out;
}

Origin Config::origin(std::string_view name) const { return values_.find(name)->second.origin; }

}  // namespace tandem::app
