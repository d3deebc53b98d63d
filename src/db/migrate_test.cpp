#include "db/migrate.hpp"

#include <gtest/gtest.h>

#include "db/blocking.hpp"
#include "support/test_database.hpp"

namespace tandem::db {
namespace {

using test::TestDatabase;

const std::vector<Migration> kTwo{
    {1, "0001_first.sql", "create table public.first (n int); insert into public.first values (1);", "aaaa"},
    {2, "0002_second.sql", "insert into public.first values (2);", "bbbb"}};

std::string words_of(const std::string& database, const std::vector<Migration>& files) {
  try {
    migrate(database, {}, files);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

TEST(Migrations, AreAppliedOnceInOrder) {
  const auto database = TestDatabase::make_empty();
  EXPECT_EQ(migration_state(database, kTwo).pending.size(), 2U);
  std::vector<std::string> done;
  migrate(database, [&](std::string_view name) { done.emplace_back(name); }, kTwo);
  EXPECT_EQ(done, (std::vector<std::string>{"0001_first.sql", "0002_second.sql"}));
  migrate(database, [&](std::string_view) { FAIL(); }, kTwo);
  const auto state = migration_state(database, kTwo);
  EXPECT_EQ(state.applied, done);
  EXPECT_TRUE(state.pending.empty() && state.changed.empty() && state.unknown.empty());
  EXPECT_EQ(AdminConnection(database).value("select sum(n) from public.first"), "3");
}

TEST(Migrations, AChangedFileIsRefused) {
  const auto database = TestDatabase::make_empty();
  migrate(database, {}, kTwo);
  auto changed = kTwo;
  changed[1].sha256 = "cccc";
  EXPECT_EQ(migration_state(database, changed).changed, (std::vector<std::string>{"0002_second.sql"}));
  EXPECT_NE(words_of(database, changed).find("0002_second.sql"), std::string::npos);
}

TEST(Migrations, ANewerDatabaseIsRefused) {
  const auto database = TestDatabase::make_empty();
  migrate(database, {}, kTwo);
  const std::vector<Migration> older{kTwo.front()};
  EXPECT_EQ(migration_state(database, older).unknown, (std::vector<std::string>{"0002_second.sql"}));
  EXPECT_NE(words_of(database, older).find("newer program"), std::string::npos);
}

TEST(Migrations, AFailureUndoesItsFileAndSaysWhere) {
  const auto database = TestDatabase::make_empty();
  auto broken = kTwo;
  broken[1].sql = "insert into public.first values (2);\nselect no_such_column;";
  const auto words = words_of(database, broken);
  EXPECT_NE(words.find("0002_second.sql"), std::string::npos);
  EXPECT_NE(words.find("line 2"), std::string::npos) << words;
  EXPECT_EQ(AdminConnection(database).value("select sum(n) from public.first"), "1");
  EXPECT_EQ(migration_state(database, kTwo).pending, (std::vector<std::string>{"0002_second.sql"}));
}

TEST(Migrations, TheSchemaPassesItsLintAndTheServerItsChecks) {
  const auto& database = TestDatabase::instance().administrator();
  const auto state = migration_state(database);
  EXPECT_EQ(state.applied.size(), migrations().size());
  EXPECT_TRUE(state.pending.empty() && state.changed.empty() && state.unknown.empty());
  EXPECT_EQ(lint(database), std::vector<std::string>{});
  EXPECT_EQ(check_server(database), std::vector<std::string>{});
}

TEST(Migrations, TheLintFindsADefect) {
  const auto database = TestDatabase::make_empty();
  migrate(database);
  AdminConnection(database).exec("create table app.unwalled (organization_id uuid not null)");
  EXPECT_FALSE(lint(database).empty());
}

}  // namespace
}  // namespace tandem::db
