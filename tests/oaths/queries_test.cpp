// Every Query of the program fits the migrated schema: it parses; its parameters are as many and of the types
// that its C++ signature sends; its columns bear the names and types of its row; a column that the table lets
// be null is read into an optional.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <map>
#include <memory>
#include <set>

#include "app/wiring.hpp"
#include "db/query.hpp"
#include "support/test_database.hpp"

namespace tandem::db {
namespace {

using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

struct Catalogue {
  std::map<Oid, std::string> types;
  std::set<std::pair<Oid, int>> nullable;  // table, column
};

Catalogue read_catalogue(AdminConnection& admin) {
  Catalogue out;
  const auto types = admin.exec("select oid::int8, typname from pg_type");
  for (int r = 0; r < types.rows(); ++r)
    out.types[static_cast<Oid>(std::stoll(std::string(types.cell(r, 0).value())))] = types.cell(r, 1).value();
  const auto columns = admin.exec(
      "select a.attrelid::int8, a.attnum from pg_attribute a join pg_class c on c.oid = a.attrelid "
      "where c.relkind in ('r', 'p') and not a.attnotnull and a.attnum > 0");
  for (int r = 0; r < columns.rows(); ++r)
    out.nullable.emplace(static_cast<Oid>(std::stoll(std::string(columns.cell(r, 0).value()))),
                         std::stoi(std::string(columns.cell(r, 1).value())));
  return out;
}

/// Whether a value of type `narrow` may go where `wide` is expected: the same, or a smaller integer.
bool fits(std::string_view narrow, std::string_view wide) {
  const auto size = [](std::string_view type) {
    const bool array = type.starts_with('_');
    if (array) type.remove_prefix(1);
    const int bytes = type == "int2" ? 2 : type == "int4" ? 4 : type == "int8" ? 8 : 0;
    return bytes == 0 ? 0 : array ? bytes + 100 : bytes;
  };
  if (narrow == wide) return true;
  const int small = size(narrow), large = size(wide);
  return small != 0 && large != 0 && (small > 100) == (large > 100) && small <= large;
}

std::vector<std::string> parameter_defects(const QueryBase& query, const PGresult* described,
                                           const Catalogue& catalogue) {
  std::vector<std::string> out;
  const auto params = query.params();
  if (PQnparams(described) != static_cast<int>(params.size()))
    return {fmt::format("takes {} parameters, its signature gives {}", PQnparams(described), params.size())};
  for (int i = 0; i < PQnparams(described); ++i) {
    const auto& type = catalogue.types.at(PQparamtype(described, i));
    const auto ours = params[static_cast<std::size_t>(i)];
    if (!fits(ours, type)) out.push_back(fmt::format("${} is {}, its signature sends {}", i + 1, type, ours));
  }
  return out;
}

std::vector<std::string> column_defects(const QueryBase& query, const PGresult* described,
                                        const Catalogue& catalogue) {
  std::vector<std::string> out;
  const auto columns = query.columns();
  if (columns.empty()) return out;  // nobody reads its rows
  if (PQnfields(described) != static_cast<int>(columns.size()))
    return {fmt::format("gives {} columns, its row has {}", PQnfields(described), columns.size())};
  for (int i = 0; i < PQnfields(described); ++i) {
    const auto& column = columns[static_cast<std::size_t>(i)];
    const auto& type = catalogue.types.at(PQftype(described, i));
    if (column.name != PQfname(described, i))
      out.push_back(
          fmt::format("column {} is {}, its row says {}", i + 1, PQfname(described, i), column.name));
    if (!fits(type, column.type))
      out.push_back(fmt::format("{} is {}, its row reads {}", column.name, type, column.type));
    if (!column.nullable && catalogue.nullable.contains({PQftable(described, i), PQftablecol(described, i)}))
      out.push_back(fmt::format("{} may be null, its row has no optional", column.name));
  }
  return out;
}

TEST(Queries, FitTheSchema) {
  http::Routes routes;
  app::declare_routes(routes);  // what is never named is not linked, and its statements would not be seen
  auto& database = test::TestDatabase::instance();
  const auto catalogue = read_catalogue(database.admin());
  const std::unique_ptr<PGconn, decltype(&PQfinish)> pg(PQconnectdb(database.administrator().c_str()),
                                                        &PQfinish);
  ASSERT_EQ(PQstatus(pg.get()), CONNECTION_OK);
  std::set<std::string> names;
  for (const auto* query : QueryBase::all()) {
    EXPECT_TRUE(names.insert(query->name()).second) << query->name() << " is the name of two queries";
    const auto& name = query->statement();
    const Answer parsed(PQprepare(pg.get(), name.c_str(), query->sql().c_str(), 0, nullptr), &PQclear);
    if (PQresultStatus(parsed.get()) != PGRES_COMMAND_OK) {
      ADD_FAILURE() << query->name() << ": " << PQresultErrorMessage(parsed.get());
      continue;
    }
    const Answer described(PQdescribePrepared(pg.get(), name.c_str()), &PQclear);
    ASSERT_EQ(PQresultStatus(described.get()), PGRES_COMMAND_OK) << query->name();
    for (const auto& defect : parameter_defects(*query, described.get(), catalogue))
      ADD_FAILURE() << query->name() << ": " << defect;
    for (const auto& defect : column_defects(*query, described.get(), catalogue))
      ADD_FAILURE() << query->name() << ": " << defect;
  }
  RecordProperty("queries", static_cast<int>(names.size()));
  EXPECT_GE(names.size(), 80U);
}

struct Wrong {
  std::int32_t total;
  std::string website;
};
BOOST_DESCRIBE_STRUCT(Wrong, (), (total, website))

// The oath itself finds what it is meant to find.
TEST(Queries, DefectsAreFound) {
  auto& database = test::TestDatabase::instance();
  const auto catalogue = read_catalogue(database.admin());
  const std::unique_ptr<PGconn, decltype(&PQfinish)> pg(PQconnectdb(database.administrator().c_str()),
                                                        &PQfinish);
  const Query<Wrong(std::int64_t)> wrong{"test.wrong", R"sql(
      select count(*) as count, p.website from app.partners p
      where p.organization_id = $1 and p.name = $2 group by p.website)sql"};
  const Answer parsed(PQprepare(pg.get(), "w", wrong.sql().c_str(), 0, nullptr), &PQclear);
  const Answer described(PQdescribePrepared(pg.get(), "w"), &PQclear);
  EXPECT_EQ(parameter_defects(wrong, described.get(), catalogue),
            (std::vector<std::string>{"$2 is text, its signature sends int8"}));
  EXPECT_EQ(
      column_defects(wrong, described.get(), catalogue),
      (std::vector<std::string>{"column 1 is count, its row says total", "total is int8, its row reads int4",
                                "website may be null, its row has no optional"}));
}

}  // namespace
}  // namespace tandem::db
