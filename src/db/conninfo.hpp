// Connection strings: "key=value …" or "postgresql://…", read as libpq reads them. Used by whoever adds a
// user or a database to an address that the operator gave.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::db {

using ConninfoParts = std::vector<std::pair<std::string, std::string>>;

/// The keys that the text sets. Throws std::invalid_argument, in libpq's words, when it is no connection
/// string.
ConninfoParts parse_conninfo(std::string_view conninfo);
/// "key='value' …", quoted.
std::string format_conninfo(const ConninfoParts& parts);
/// The same address with these keys set, whatever they were: conninfo_with(address, {{"user", "app_read"}}).
std::string conninfo_with(std::string_view conninfo,
                          std::initializer_list<std::pair<std::string_view, std::string_view>> keys);

}  // namespace tandem::db
