#include "db/query.hpp"

#include <algorithm>
#include <mutex>
#include <regex>

namespace tandem::db {

namespace {

struct Registry {
  std::mutex mutex;  // a Query may be a function's static and be made on any thread
  std::vector<const QueryBase*> queries;
  std::size_t made = 0;
};

/// Never destroyed: queries that are statics of other units leave it when the program ends.
Registry& registry() {
  static auto* const r = new Registry;
  return *r;
}

}  // namespace

QueryBase::QueryBase(std::string name, std::string sql, std::vector<std::string_view> params,
                     std::vector<ColumnSpec> columns)
    : number_(0),
      name_(std::move(name)),
      sql_(std::move(sql)),
      params_(std::move(params)),
      columns_(std::move(columns)) {
  auto& r = registry();
  const std::lock_guard lock(r.mutex);
  number_ = r.made++;
  // The number first: PostgreSQL compares only the first 63 bytes of a statement's name.
  statement_ = fmt::format("{}.{}", number_, name_);
  r.queries.push_back(this);
}

QueryBase::~QueryBase() {
  auto& r = registry();
  const std::lock_guard lock(r.mutex);
  std::erase(r.queries, this);
}

std::span<const QueryBase* const> QueryBase::all() {
  auto& r = registry();
  const std::lock_guard lock(r.mutex);
  return r.queries;
}

std::string without_filters(const std::string& sql) {
  // The condition stays, so that its parameter keeps its type.
  static const std::regex filter(R"(\((\$\d+(::[a-z_]+(\[\])?)? is null or))");
  return std::regex_replace(sql, filter, "(true or $1");
}

}  // namespace tandem::db
