#include "db/connection.hpp"

#include <gtest/gtest.h>

#include "db/conninfo.hpp"
#include "db/row_array.hpp"
#include "db/rows.hpp"
#include "support/fixture.hpp"

namespace tandem::db {
namespace {

using test::TestDatabase;
using namespace std::chrono_literals;

enum class Color : int { red, deep_blue };
BOOST_DESCRIBE_ENUM(Color, red, deep_blue)

struct Row {
  std::int16_t small;
  std::int32_t medium;
  std::int64_t large;
  bool flag;
  std::string text;
  Uuid uuid;
  Timestamp at;
  Day on;
  Bytes bytes;
  JsonObject json;
  Color color;
  Currency currency;
  std::optional<std::string> nothing;
  std::vector<std::string> texts;
  std::vector<std::optional<std::int64_t>> numbers;
  bool operator==(const Row&) const = default;
};
BOOST_DESCRIBE_STRUCT(Row, (),
                      (small, medium, large, flag, text, uuid, at, on, bytes, json, color, currency, nothing,
                       texts, numbers))
const ServiceQuery<Row(std::int16_t, std::int32_t, std::int64_t, bool, std::string, Uuid, Timestamp, Day,
                       Bytes, JsonObject, Color, Currency, std::optional<std::string>,
                       std::vector<std::string>, std::vector<std::optional<std::int64_t>>)>
    kEcho{"test.echo", R"sql(
    select $1::int2 as small, $2::int4 as medium, $3::int8 as large, $4::bool as flag, $5::text as text,
           $6::uuid as uuid, $7::timestamptz as at, $8::date as on, $9::bytea as bytes, $10::jsonb as json,
           $11::text as color, $12::text as currency, $13::text as nothing, $14::text[] as texts,
           $15::int8[] as numbers)sql"};
struct One {
  std::int32_t n;
};
BOOST_DESCRIBE_STRUCT(One, (), (n))
const ServiceQuery<One(std::int32_t)> kOne{"test.one", "select $1::int4 as n"};
const ServiceQuery<One(std::int32_t)> kDivide{"test.divide", "select 1 / $1::int4 as n"};
const ServiceQuery<One()> kBroken{"test.broken", "select no_such_column as n"};

/// In the order of app.visit_row, a type of the schema.
struct SentRow {
  static constexpr std::string_view kPgArray = "_visit_row";
  OrganizationId organization_id;
  PartnerId id;
  PartnerId partner_id;
  PartnerId link_id;
  std::string_view visitor_id;
  Color status{};
  Color source{};
  Timestamp at;
  std::int64_t slot = 0;
  std::optional<std::string_view> landing_url, referrer, user_agent, ip;
};
BOOST_DESCRIBE_STRUCT(SentRow, (),
                      (organization_id, id, partner_id, link_id, visitor_id, status, source, at, slot,
                       landing_url, referrer, user_agent, ip))
struct ReadRow {
  PartnerId id;
  std::string visitor_id;
  Color status{};
  Timestamp at;
  std::int64_t slot = 0;
  std::optional<std::string> landing_url, referrer;
  bool operator==(const ReadRow&) const = default;
};
BOOST_DESCRIBE_STRUCT(ReadRow, (), (id, visitor_id, status, at, slot, landing_url, referrer))
const ServiceQuery<ReadRow(RowArray<SentRow>, std::int32_t)> kEchoRows{"test.echo_rows", R"sql(
    select u.id, u.visitor_id, u.status, u.at, u.slot, u.landing_url, u.referrer
    from unnest($1::app.visit_row[]) as u limit $2)sql"};

std::int32_t number_of(const Result& result) { return row_at<One>(result, 0).n; }
struct Nap {
  std::optional<std::string> nap;
};
BOOST_DESCRIBE_STRUCT(Nap, (), (nap))
const ServiceQuery<Nap(std::int32_t)> kSleep{"test.sleep", "select pg_sleep($1::int4)::text as nap"};
const ServiceQuery<One()> kPid{"test.pid", "select pg_backend_pid() as n"};

struct Connections : ::testing::Test {
  template <class T>
  T run(Task<T> task) {
    return run_blocking(io, std::move(task));
  }
  std::unique_ptr<Connection> connect(std::string_view user = "app_read") {
    return run(
        Connection::connect(io.get_executor(), conninfo_with(database.address(), {{"user", user}}), 5s));
  }
  DbError refused(Connection& connection) {
    try {
      run(connection.drain());
    } catch (const DbError& error) {
      return error;
    }
    return {"", "", "nothing was thrown", ""};
  }
  TestDatabase& database = TestDatabase::instance();
  boost::asio::io_context io{1};
};

TEST_F(Connections, EveryTypeComesBackAsItWasSent) {
  auto connection = connect();
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  const Row row{-32768,
                2147483647,
                INT64_MIN,
                true,
                "Grüße, \"quoted\" 'text' \\ and\nlines, Ташкент",
                new_uuid(),
                Timestamp::from_unix_us(1'767'225'600'123'456),
                Day::parse("2028-02-29").value(),
                Bytes{all_bytes},
                JsonObject::trusted(R"({"a": [1, "x"]})"),
                Color::deep_blue,
                Currency::parse("UZS").value(),
                std::nullopt,
                {"", "NULL", "a,b", "{curly}", "\"q\"", "back\\slash", " space "},
                {1, std::nullopt, -5}};
  const auto rows = run(service_all(*connection, kEcho, row.small, row.medium, row.large, row.flag, row.text,
                                    row.uuid, row.at, row.on, row.bytes, row.json, row.color, row.currency,
                                    row.nothing, row.texts, row.numbers));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0], row);
}

TEST_F(Connections, ArraysOfRowsArriveAsTheyWereSent) {
  const auto at = Timestamp::parse("1999-12-31T23:59:59.000001Z").value();
  std::vector<ReadRow> rows;
  rows.push_back({PartnerId{new_uuid()}, "a,\"b\"\\{}()' \n", Color::deep_blue, at, -1, "", std::nullopt});
  rows.push_back({PartnerId{new_uuid()}, "Ўзбекистон 🦊", Color::red, Timestamp::from_unix_us(0),
                  std::numeric_limits<std::int64_t>::max(), std::nullopt, std::string(2000, 'x')});
  RowArray<SentRow> none, sent;
  for (const auto& row : rows) {
    sent.add({.organization_id = {},
              .id = row.id,
              .partner_id = {},
              .link_id = {},
              .visitor_id = row.visitor_id,
              .status = row.status,
              .source = Color::red,
              .at = row.at,
              .slot = row.slot,
              .landing_url = row.landing_url,
              .referrer = row.referrer,
              .user_agent = {},
              .ip = {}});
  }
  auto connection = connect();
  EXPECT_TRUE(run(service_all(*connection, kEchoRows, none, 10)).empty());
  EXPECT_EQ(run(service_all(*connection, kEchoRows, sent, 10)), rows);
  EXPECT_EQ(run(service_all(*connection, kEchoRows, sent, 1)).size(), 1U);
}

TEST_F(Connections, ResultsComeInOrderAndOnlyTheWanted) {
  auto connection = connect();
  connection->send("begin");
  connection->send_setting("app.actor_kind", "it's \\ quoted");
  connection->send(kOne, {"1"});
  connection->send(kOne, {"2"});
  connection->send("select current_setting('app.actor_kind')", true);
  EXPECT_EQ(connection->wanted(), 3U);
  const auto results = run(connection->drain());
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(number_of(results[0]), 1);
  EXPECT_EQ(number_of(results[1]), 2);
  EXPECT_EQ(results[2].cell(0, 0), "it's \\ quoted");
  EXPECT_TRUE(connection->in_transaction());
  connection->send("rollback", true);
  EXPECT_EQ(run(connection->drain()).at(0).command_tag(), "ROLLBACK");
  EXPECT_FALSE(connection->in_transaction());
  EXPECT_EQ(connection->round_trips(), 2);
}

TEST_F(Connections, DrainEachTellsOfEveryStatement) {
  auto connection = connect();
  connection->send(kOne, {"1"});
  connection->send(kDivide, {"0"});
  connection->send(kOne, {"3"});
  const auto outcomes = run(connection->drain_each());
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_TRUE(outcomes[0]);
  EXPECT_EQ(outcomes[1].error().sqlstate(), "22012");
  EXPECT_EQ(outcomes[2].error().query(), "test.divide");
  connection->send(kOne, {"4"});
  EXPECT_EQ(number_of(run(connection->drain()).at(0)), 4);
}

TEST_F(Connections, AStatementThatDoesNotParseIsNotRemembered) {
  auto connection = connect();
  for (int i = 0; i < 2; ++i) {
    connection->send(kBroken, {});
    const auto error = refused(*connection);
    EXPECT_EQ(error.sqlstate(), "42703");
    EXPECT_EQ(error.query(), "test.broken");
    EXPECT_FALSE(error.is_retryable() || error.is_unavailable());
  }
}

TEST_F(Connections, TheWrongNumberOfParametersIsRefusedHere) {
  auto connection = connect();
  EXPECT_THROW(connection->send(kOne, {}), AssertionFailed);
}

TEST_F(Connections, WhatWasForgottenIsNotSent) {
  auto connection = connect();
  connection->send(kDivide, {"0"});
  connection->forget();
  connection->send(kOne, {"5"});
  EXPECT_EQ(run(connection->drain()).size(), 1U);
}

TEST_F(Connections, SettingsAreOurs) {
  auto connection = connect();
  connection->send(
      "select current_setting('TimeZone') || ' ' || current_setting('client_encoding') || ' ' || "
      "current_setting('application_name') || ' ' || current_setting('DateStyle')",
      true);
  EXPECT_EQ(run(connection->drain()).at(0).cell(0, 0), "UTC UTF8 tandem ISO, MDY");
}

TEST_F(Connections, ATerminatedBackendIsUnavailableAndDead) {
  auto connection = connect();
  const auto pid = run(service_all(*connection, kPid)).at(0).n;
  EXPECT_TRUE(connection->still_open());
  database.admin().exec("select pg_terminate_backend($1, 5000)", {std::to_string(pid)});
  connection->send(kOne, {"1"});
  EXPECT_TRUE(refused(*connection).is_unavailable());
  EXPECT_TRUE(connection->is_dead());
  EXPECT_FALSE(connection->in_transaction());
  connection->send(kOne, {"1"});
  EXPECT_EQ(refused(*connection).sqlstate(), "08003");
}

TEST_F(Connections, AnIdleConnectionNoticesThatTheServerLeft) {
  auto connection = connect();
  const auto pid = run(service_all(*connection, kPid)).at(0).n;
  database.admin().exec("select pg_terminate_backend($1, 5000)", {std::to_string(pid)});
  EXPECT_FALSE(connection->still_open());
  EXPECT_TRUE(connection->is_dead());
}

TEST_F(Connections, ADeadlineEndsTheWait) {
  auto connection = connect();
  const auto pid = run(service_all(*connection, kPid)).at(0).n;
  connection->set_deadline(100ms);
  connection->send(kSleep, {"60"});
  const auto begin = Monotonic::now();
  const auto error = refused(*connection);
  EXPECT_LT(Monotonic::now() - begin, 2s);
  EXPECT_EQ(error.sqlstate(), "57014");
  EXPECT_TRUE(error.is_unavailable());
  EXPECT_TRUE(connection->is_dead());
  connection.reset();
  // Before app_read's statement_timeout of 5 s the server sees that nobody listens.
  const auto until = Monotonic::now() + 4s;
  const auto runs = [&] {
    return database.admin()
        .value("select 1 from pg_stat_activity where pid = $1", {std::to_string(pid)})
        .has_value();
  };
  while (runs() && Monotonic::now() < until) {
  }
  EXPECT_FALSE(runs());
}

TEST_F(Connections, NobodyAnswers) {
  const auto connect_to = [&](std::string conninfo) {
    try {
      run(Connection::connect(io.get_executor(), std::move(conninfo), 300ms));
    } catch (const DbError& error) {
      return error.sqlstate();
    }
    return std::string("connected");
  };
  EXPECT_EQ(connect_to("host=/nowhere user=app_read dbname=x"), "08001");
  EXPECT_EQ(connect_to(conninfo_with(database.address(), {{"user", "nobody_at_all"}})), "08001");
}

TEST(DbErrors, AreClassified) {
  const auto of = [](std::string sqlstate, std::string message = "") {
    return DbError(sqlstate, "", message, "");
  };
  for (const auto* retryable : {"40001", "40P01"}) EXPECT_TRUE(of(retryable).is_retryable());
  EXPECT_TRUE(of("XX000", "could not commit transaction for shard 1 on any active node").is_retryable());
  EXPECT_FALSE(of("XX000").is_retryable());
  for (const auto* away : {"08006", "57P01", "57P03", "53300", "55P03", "57014"})
    EXPECT_TRUE(of(away).is_unavailable()) << away;
  EXPECT_FALSE(of("23505").is_unavailable() || of("23505").is_retryable());
}

TEST(Conninfo, KeysAreSetWhateverTheForm) {
  EXPECT_EQ(conninfo_with("host=h user=x dbname='a b'", {{"user", "app_read"}, {"port", "1"}}),
            "user='app_read' dbname='a b' host='h' port='1'");
  const auto parts =
      parse_conninfo(conninfo_with("postgresql://u:p%40ss@db:6432/t?sslmode=require", {{"user", "v"}}));
  const auto has = [&](std::string_view key, std::string_view value) {
    return std::ranges::any_of(parts,
                               [&](const auto& part) { return part.first == key && part.second == value; });
  };
  EXPECT_TRUE(has("user", "v") && has("password", "p@ss") && has("port", "6432") &&
              has("sslmode", "require"));
  EXPECT_EQ(parse_conninfo(format_conninfo({{"password", "it's \\ odd"}})).at(0).second, "it's \\ odd");
  EXPECT_THROW(parse_conninfo("nonsense"), std::invalid_argument);
}

}  // namespace
}  // namespace tandem::db
