// What a table keeps about people, as statements: read for a person's export, blanked when one is erased.
// Modules below the one of persons declare theirs with it.
#pragma once
#include <string>

#include "base/json.hpp"
#include "db/query.hpp"

namespace tandem::db {

/// One object about a person, as the export writes it.
struct PersonalRow {
  JsonObject data;
};
BOOST_DESCRIBE_STRUCT(PersonalRow, (), (data))

/// What people wrote, in which a person may be named. In both statements $2 is a POSIX regular expression,
/// matched without regard to case; `blank` puts "[erased]" where it matches.
struct PersonalText {
  std::string name;
  const Query<PersonalRow(std::string)>* rows;
  const Query<Nothing(std::string)>* blank;
};

}  // namespace tandem::db
