// What the units of this module share about libpq. Included by them only.
#pragma once
#include <libpq-fe.h>

#include <string>

#include "db/connection.hpp"

namespace tandem::db {

/// libpq's own words about the connection, without the line's end.
std::string words_of(const PGconn* pg);
/// The server's refusal. `query` names the statement.
DbError error_of(const PGresult* result, std::string query);

}  // namespace tandem::db
