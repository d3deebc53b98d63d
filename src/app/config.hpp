// Configuration: one table of settings. Each has a flag (--name), an environment variable (TANDEM_NAME) and a
// key of the TOML file (name); the flag wins over the environment, that over the file, that over the default.
// `tandem doctor` lists them all with their values and where each came from.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::app {

struct Setting {
  std::string_view name;  // "database_url"; the flag is --database-url, the variable TANDEM_DATABASE_URL
  std::string_view default_value;  // as text
  std::string_view help;
  bool is_secret = false;  // shown as ****
};
/// Every setting of the program, in the order of the help.
std::span<const Setting> settings();

/// Where a value came from.
enum class Origin { default_, file, environment, flag };
std::string_view origin_name(Origin origin);

class Config {
 public:
  /// Flags as given ("database_url" → value), then the environment, then the TOML file named by the setting
  /// `config` (which must exist when it is named). Throws std::runtime_error that names an unknown key or
  /// unreadable file.
  static Config load(const std::map<std::string, std::string>& flags);

  const std::string& text(std::string_view name) const;
  /// Throws std::runtime_error naming the setting when the value is not a whole number of [min, max].
  int integer(std::string_view name, int min, int max) const;
  bool flag(std::string_view name) const;                      // true/false, yes/no, 1/0, on/off
  std::vector<std::string> list(std::string_view name) const;  // comma-separated
  std::filesystem::path path(std::string_view name) const { return text(name); }
  Origin origin(std::string_view name) const;

 private:
  struct Value {
    std::string text;
    Origin origin = Origin::default_;
  };
  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace tandem::app
