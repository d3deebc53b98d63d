// Bad input against every route of the program, made from the route table: a new route is tried without a
// word here. What is refused is a problem with a code, never a 500, tells nothing of SQL or paths, and
// changes nothing.
#include <gtest/gtest.h>

#include "app/database.hpp"
#include "app/isolation/samples.hpp"
#include "app/wiring.hpp"
#include "identity/platform.hpp"
#include "support/test_app.hpp"
#include "support/test_database.hpp"

namespace tandem::http {
namespace {

using app::isolation::Member;

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

const std::vector<std::string>& hostile_values() {
  static const std::vector<std::string> values{"null",
                                               "true",
                                               "0",
                                               "-1",
                                               "-0",
                                               "1.5",
                                               "1e3",
                                               "9223372036854775808",
                                               "1000000000001",
                                               R"("")",
                                               R"("10")",
                                               R"("\u0000")",
                                               R"("\u202e")",
                                               R"("'; drop table app.partners; --")",
                                               "[]",
                                               "{}",
                                               "[[[]]]",
                                               "\"" + repeated("x", 9000) + "\"",
                                               R"("2026-02-30")",
                                               R"("00000000-0000-0000-0000-00000000000g")",
                                               R"("=1+1")",
                                               R"("Ўзбекистон")",
                                               R"({"amount": -1, "currency": "XXX"})"};
  return values;
}

struct EveryRoute : testing::Test {
  EveryRoute() {
    app::register_jobs();
    app::load_keys(app::Config::load({{"data", folder.path().string()}}));
    // Who is signed in is somebody.
    f.peek(
        "insert into app.users (organization_id, id, email, email_key, name) values ($1, $2, $3, $3, 'Ann') "
        "returning name",
        {identity::kPlatform.str(), f.staff.actor_id.str(), f.staff.actor_id.str() + "@example.test"});
    rows_before = rows();
  }
  test::TemporaryFolder folder;
  test::Fixture f;
  test::TestApp app{f, app::declare_routes, Hooks{{}, app::make_hooks().audit}};
  std::string rows_before;
  int tried = 0;

  /// Rows of each table but the keys of repeated calls, under which refusals are kept.
  std::string rows() {
    return f
        .peek(
            "select string_agg(t.table_name || ' ' || (xpath('/row/n/text()', query_to_xml('select count(*) as n from app.' "
            "|| quote_ident(t.table_name), false, true, '')))[1]::text, ', ' order by t.table_name) "
            "from information_schema.tables t where t.table_schema = 'app' and t.table_type = 'BASE TABLE' "
            "and t.table_name <> 'idempotency'",
            {})
        .value();
  }

  static bool takes_body(const Route& route) { return route.body != nullptr; }
  /// A path of the route whose arguments nobody has.
  static std::string path_of(const Route& route, std::string_view argument = {}) {
    std::string out;
    for (std::size_t i = 0; i < route.pattern.size(); ++i) {
      if (route.pattern[i] != '{') {
        out += route.pattern[i];
        continue;
      }
      out += argument.empty() ? new_uuid().str() : std::string(argument);
      i = route.pattern.find('}', i);
    }
    return out;
  }
  static std::string body_of(const Route& route) {
    return route.body == nullptr
               ? std::string()
               : app::isolation::print_members(app::isolation::sample_members(*route.body, {}));
  }
  static Pairs headers_of(const Route& route) {
    Pairs out;
    if (route.body != nullptr) out.emplace_back("content-type", "application/json");
    if (!route.byte_types.empty()) out.emplace_back("content-type", route.byte_types.front());
    if (changes_state(route.method)) out.emplace_back("idempotency-key", new_uuid().str());
    if (route.version != nullptr) out.emplace_back("if-match", "*");
    return out;
  }
  test::Answer call(const Route& route, const std::string& target, std::string body, Pairs headers) {
    ++tried;
    const bool is_of_user = route.access == Access::user;
    app.principal.kind = is_of_user ? Principal::Kind::user : Principal::Kind::api_key;
    app.principal.scope =
        is_of_user ? identity::platform_scope(identity::UserId{f.staff.actor_id.uuid()}) : f.staff;
    if (is_of_user) app.principal.session_id = new_uuid();
    // From an address of its own: what it uses up of the limits of log-ins is nobody else's.
    auto request = test::TestApp::request(route.method, target, std::move(body), std::move(headers));
    request.client_ip = "192.0.2.1";
    return {f.run(app.dispatch()(f.pool, std::move(request)))};
  }
  static std::string name_of(const Route& route) {
    return fmt::format("{} {}", method_name(route.method), route.pattern);
  }

  /// A refusal: one of these statuses, with a code, and nothing of our insides.
  void expect_refused(const test::Answer& answer, std::initializer_list<int> statuses,
                      const std::string& what) {
    EXPECT_TRUE(std::ranges::find(statuses, answer.status) != statuses.end())
        << what << ": " << answer.status << " " << answer.body;
    expect_decent(answer, what);
  }
  static void expect_decent(const test::Answer& answer, const std::string& what) {
    EXPECT_LT(answer.status, 500) << what << ": " << answer.body;
    if (answer.status < 400) return;
    EXPECT_EQ(answer.content_type, "application/problem+json") << what;
    EXPECT_NE(answer.code(), "") << what << ": " << answer.body;
    for (const auto* inside : {"select ", "insert into", "pg_", "app.", "/src/", "std::"})
      EXPECT_FALSE(answer.body.contains(inside)) << what << ": " << answer.body;
  }
  void expect_nothing_changed() {
    EXPECT_EQ(rows(), rows_before);
    EXPECT_GT(tried, 50);
  }
};

TEST_F(EveryRoute, RefusesWhatIsNotJson) {
  const std::vector<std::string> texts{"",
                                       "{",
                                       "[1",
                                       "nul",
                                       "{} {}",
                                       R"({"a": 1, "a": 2})",
                                       "\xff\xfe",
                                       "{\"a\": \"\xc3\x28\"}",
                                       R"({"a": "\ud800"})",
                                       repeated("[", 40) + repeated("]", 40)};
  for (const Route& route : app.routes().all()) {
    if (!takes_body(route)) continue;
    for (const auto& text : texts)
      expect_refused(call(route, path_of(route), text, headers_of(route)), {400},
                     name_of(route) + " " + text);
  }
  expect_nothing_changed();
}

TEST_F(EveryRoute, RefusesAnotherShapeUnknownFieldsAndTypes) {
  for (const Route& route : app.routes().all()) {
    if (!takes_body(route)) continue;
    for (const auto* text : {"[]", "1", R"("text")", "null", "true"})
      expect_refused(call(route, path_of(route), text, headers_of(route)), {400, 422},
                     name_of(route) + " " + text);
    std::string body = body_of(route);
    body.insert(1, body.size() > 2 ? R"("zzz": 1, )" : R"("zzz": 1)");
    const auto unknown = call(route, path_of(route), body, headers_of(route));
    expect_refused(unknown, {422}, name_of(route) + " with a field that nobody knows");
    EXPECT_TRUE(unknown.names("/zzz", "unknown_field")) << name_of(route) << unknown.body;
    Pairs headers = headers_of(route);
    headers[0].second = "text/xml";
    expect_refused(call(route, path_of(route), body_of(route), headers), {415}, name_of(route) + " as XML");
    headers = headers_of(route);
    headers.emplace_back("content-encoding", "gzip");
    expect_refused(call(route, path_of(route), body_of(route), headers), {415},
                   name_of(route) + " compressed");
    expect_refused(call(route, path_of(route), "{\"a\":\"" + std::string(route.body_max, 'x') + "\"}",
                        headers_of(route)),
                   {413}, name_of(route) + " too large");
  }
  expect_nothing_changed();
}

TEST_F(EveryRoute, RefusesAPathThatNamesNothingPossible) {
  for (const Route& route : app.routes().all()) {
    if (route.path_formats.empty() || !route.tx_handler) continue;
    if (std::ranges::find(route.path_formats, "uuid") == route.path_formats.end()) continue;
    for (const auto* argument : {"x", "00000000-0000-0000-0000-00000000000g", "%27", "1"})
      expect_refused(call(route, path_of(route, argument), body_of(route), headers_of(route)), {404},
                     name_of(route) + " with " + argument);
  }
  expect_nothing_changed();
}

TEST_F(EveryRoute, RefusesBadQueries) {
  for (const Route& route : app.routes().all()) {
    if (!route.tx_handler || changes_state(route.method)) continue;
    const auto refuse = [&](const std::string& query, std::initializer_list<int> statuses) {
      expect_refused(call(route, path_of(route) + "?" + query, "", {}), statuses,
                     name_of(route) + "?" + query);
    };
    refuse("zzz=1", {422});
    if (route.query == nullptr) continue;
    for (const auto& field : route.query->fields()) {
      const std::string name(field.name);
      refuse(name + "=1&" + name + "=1", {422});
      for (const auto* value :
           {"", "zzz%01", "%27", "-1", "99999999999999999999", "2026-02-30", "%F0%9F%98%80"}) {
        const auto answer = call(route, path_of(route) + "?" + name + "=" + value, "", {});
        expect_decent(answer, name_of(route) + "?" + name + "=" + value);
      }
      if (name == "limit") refuse("limit=0", {422}), refuse("limit=201", {422}), refuse("limit=ten", {422});
      if (name == "sort") refuse("sort=zzz", {404, 422});
      if (name == "cursor") refuse("cursor=zzz", {404, 422});
      if (name == "to") {
        const auto* codec = field.codec->inner != nullptr ? field.codec->inner : field.codec;
        const bool is_day = codec->name == "date";
        const std::string time = is_day ? "" : "T00:00:00Z";
        refuse("from=2026-01-02" + time + "&to=2026-01-01" + time, {422});
        refuse("from=2024-01-01" + time + "&to=2026-01-01" + time, {422});
      }
    }
  }
  expect_nothing_changed();
}

TEST_F(EveryRoute, NeedsAKeyWhereARepeatWouldCount) {
  for (const Route& route : app.routes().all()) {
    if (route.repeat != Repeat::key || !route.tx_handler) continue;
    const auto with = [&](const std::optional<std::string>& key) {
      Pairs headers = headers_of(route);
      std::erase_if(headers, [](const auto& header) { return header.first == "idempotency-key"; });
      if (key) headers.emplace_back("idempotency-key", *key);
      return call(route, path_of(route), body_of(route), headers);
    };
    expect_refused(with(std::nullopt), {400}, name_of(route) + " without a key");
    for (const auto& key : {std::string(), std::string("a b"), std::string(256, 'k'), std::string("кл")})
      expect_refused(with(key), {400}, name_of(route) + " with the key " + key);
  }
  expect_nothing_changed();
}

TEST_F(EveryRoute, RefusesWhatItCannotAnswerAndBodiesThatItDoesNotTake) {
  for (const Route& route : app.routes().all()) {
    if (route.tx_handler && route.result != nullptr) {
      Pairs headers = headers_of(route);
      headers.emplace_back("accept", "image/png");
      expect_refused(call(route, path_of(route), body_of(route), headers), {406},
                     name_of(route) + " as a picture");
    }
    if (route.tx_handler && route.body == nullptr && route.byte_types.empty() &&
        changes_state(route.method) && route.method != Method::delete_) {
      expect_refused(call(route, path_of(route), "{", headers_of(route)), {400},
                     name_of(route) + " with a torn body");
      expect_refused(call(route, path_of(route), R"({"a":1})", headers_of(route)), {422},
                     name_of(route) + " with a body");
    }
    if (route.tx_handler && (route.method == Method::get || route.method == Method::delete_))
      expect_refused(call(route, path_of(route), "{}", headers_of(route)), {400},
                     name_of(route) + " with a body");
  }
  expect_nothing_changed();
}

TEST_F(EveryRoute, SurvivesEachHostileValueInEachField) {
  for (const Route& route : app.routes().all()) {
    if (!takes_body(route)) continue;
    const auto members = app::isolation::sample_members(*route.body, {});
    for (const auto& field : route.body->fields())
      for (const auto& value : hostile_values()) {
        auto changed = members;
        const auto at = std::ranges::find(changed, field.name, &Member::name);
        if (at != changed.end())
          at->value = value;
        else
          changed.push_back({field.name, field.codec, value});
        const auto answer =
            call(route, path_of(route), app::isolation::print_members(changed), headers_of(route));
        expect_decent(answer, fmt::format("{} {}: {}", name_of(route), field.name, value.substr(0, 60)));
      }
  }
  EXPECT_GT(tried, 1'000);
}

}  // namespace
}  // namespace tandem::http
