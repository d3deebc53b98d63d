#include "db/blocking.hpp"

#include <algorithm>

#include "db/pg.hpp"

namespace tandem::db {

namespace {

PGconn* as_pg(void* connection) { return static_cast<PGconn*>(connection); }

/// The refusal, with the line of the text and the place inside a function: migrations are long.
DbError located(const PGresult* result, std::string_view sql) {
  const auto error = error_of(result, "");
  std::string message = error.what();
  if (const char* position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION); position != nullptr) {
    const auto end = std::min(sql.size(), static_cast<std::size_t>(std::max(0, std::atoi(position))));
    message += fmt::format(" (line {})", std::ranges::count(sql.substr(0, end), '\n') + 1);
  }
  if (const char* context = PQresultErrorField(result, PG_DIAG_CONTEXT); context != nullptr)
    message += fmt::format(" ({})", context);
  return {error.sqlstate(), error.constraint(), std::move(message), ""};
}

bool is_good(const PGresult* result) {
  const auto status = PQresultStatus(result);
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
}

}  // namespace

AdminConnection::AdminConnection(const std::string& conninfo) : connection_(PQconnectdb(conninfo.c_str())) {
  auto* pg = as_pg(connection_);
  if (PQstatus(pg) != CONNECTION_OK) {
    DbError error("08001", "", words_of(pg), "");
    PQfinish(pg);
    throw DbError(std::move(error));
  }
  PQsetNoticeProcessor(pg, [](void*, const char*) {}, nullptr);
  script(
      "set client_encoding = 'UTF8'; set TimeZone = 'UTC'; set DateStyle = 'ISO'; set bytea_output = 'hex'");
}

AdminConnection::~AdminConnection() { PQfinish(as_pg(connection_)); }

std::vector<Result> AdminConnection::script(std::string_view sql) {
  auto* pg = as_pg(connection_);
  if (PQsendQuery(pg, std::string(sql).c_str()) == 0) throw DbError("08006", "", words_of(pg), "");
  std::vector<Result> results;
  std::optional<DbError> error;
  while (PGresult* raw = PQgetResult(pg)) {
    Result result(raw);
    if (is_good(raw))
      results.push_back(std::move(result));
    else if (!error)
      error = located(raw, sql);
    if (PQstatus(pg) == CONNECTION_BAD) break;
  }
  if (error) throw DbError(*std::move(error));
  return results;
}

Result AdminConnection::exec(std::string_view sql, const std::vector<Param>& params) {
  std::vector<const char*> values;
  for (const auto& param : params) values.push_back(param ? param->c_str() : nullptr);
  auto* raw = PQexecParams(as_pg(connection_), std::string(sql).c_str(), static_cast<int>(values.size()),
                           nullptr, values.data(), nullptr, nullptr, 0);
  if (raw == nullptr) throw DbError("08006", "", words_of(as_pg(connection_)), "");
  Result result(raw);
  if (!is_good(raw)) throw located(raw, sql);
  return result;
}

std::optional<std::string> AdminConnection::value(std::string_view sql, const std::vector<Param>& params) {
  const auto result = exec(sql, params);
  if (result.rows() == 0) return std::nullopt;
  const auto cell = result.cell(0, 0);
  if (!cell) return std::nullopt;
  return std::string(*cell);
}

std::string quote_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string quote_literal(std::string_view text) {
  std::string out = text.find('\\') == std::string_view::npos ? "'" : " E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + '\'';
}

}  // namespace tandem::db
