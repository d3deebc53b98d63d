#include "db/conninfo.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace tandem::db {

ConninfoParts parse_conninfo(std::string_view conninfo) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(std::string(conninfo).c_str(), &error), &PQconninfoFree);
  if (!options) {
    std::string words = error == nullptr ? "out of memory" : error;
    PQfreemem(error);
    while (words.ends_with('\n')) words.pop_back();
    throw std::invalid_argument("not a connection string: " + words);
  }
  ConninfoParts parts;
  for (const auto* option = options.get(); option->keyword != nullptr; ++option)
    if (option->val != nullptr) parts.emplace_back(option->keyword, option->val);
  return parts;
}

std::string format_conninfo(const ConninfoParts& parts) {
  std::string out;
  for (const auto& [key, value] : parts) {
    if (!out.empty()) out += ' ';
    out += key;
    out += "='";
    for (const char c : value) {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
    out += '\'';
  }
  return out;
}

std::string conninfo_with(std::string_view conninfo,
                          std::initializer_list<std::pair<std::string_view, std::string_view>> keys) {
  auto parts = parse_conninfo(conninfo);
  for (const auto& [key, value] : keys) {
    const auto found = std::ranges::find(parts, key, &ConninfoParts::value_type::first);
    if (found == parts.end())
      parts.emplace_back(key, value);
    else
      found->second = value;
  }
  return format_conninfo(parts);
}

}  // namespace tandem::db
