#include "db/pg.hpp"

namespace tandem::db {

namespace {

/// Citus leaves the constraint's field empty; its name stands in the message with the shard's number behind
/// it.
std::string constraint_in(std::string_view message) {
  constexpr std::string_view kWord = "constraint \"";
  const auto at = message.find(kWord);
  if (at == std::string_view::npos) return {};
  auto name = message.substr(at + kWord.size());
  name = name.substr(0, name.find('"'));
  const auto last = name.find_last_not_of("0123456789");
  if (last != std::string_view::npos && last > 0 && last + 1 < name.size() && name[last] == '_')
    name = name.substr(0, last);
  return std::string(name);
}

}  // namespace

bool DbError::is_retryable() const {
  if (sqlstate_ == "40001" || sqlstate_ == "40P01") return true;
  return sqlstate_ == "XX000" && message_.find("could not commit transaction for shard") != std::string::npos;
}

bool DbError::is_unavailable() const {
  return sqlstate_.starts_with("08") || sqlstate_.starts_with("57P0") || sqlstate_.starts_with("53") ||
         sqlstate_ == "55P03" || sqlstate_ == "57014";
}

std::string words_of(const PGconn* pg) {
  std::string words = PQerrorMessage(pg);
  while (words.ends_with('\n')) words.pop_back();
  return words.empty() ? "the connection is broken" : words;
}

DbError error_of(const PGresult* result, std::string query) {
  const auto field = [&](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string(text == nullptr ? "" : text);
  };
  auto message = field(PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = PQresultErrorMessage(result);
  auto sqlstate = field(PG_DIAG_SQLSTATE);
  if (sqlstate.empty()) sqlstate = "08006";  // made by libpq, not by the server
  auto constraint = field(PG_DIAG_CONSTRAINT_NAME);
  if (constraint.empty() && sqlstate.starts_with("23")) constraint = constraint_in(message);
  return {std::move(sqlstate), std::move(constraint), std::move(message), std::move(query)};
}

}  // namespace tandem::db
