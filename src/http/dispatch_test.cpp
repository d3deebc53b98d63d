#include "http/dispatch.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/openapi.hpp"
#include "http/platform_routes.hpp"
#include "http/problems.hpp"
#include "support/test_app.hpp"

namespace tandem::http {
namespace {

using test::Answer;
using test::Fixture;
using test::TestApp;

// A small feature over the kernel's own table: enough for everything that dispatch does.

inline constexpr ProblemKind kSlugTaken{409, "slug_taken", "This slug is taken"};
inline constexpr ProblemKind kNotDeclared{409, "not_declared", "Nobody said so"};
inline constexpr ProblemKind kNameLength{422, "name_length", "The name has a wrong length"};

enum class Trouble : int { none, broken, constraint, assertion, conflict_before, not_declared, locked };
BOOST_DESCRIBE_ENUM(Trouble, none, broken, constraint, assertion, conflict_before, not_declared, locked)

struct CreateMember {
  Slug slug;
  Text<1, 120> name;
  std::optional<Trouble> trouble;
};
BOOST_DESCRIBE_STRUCT(CreateMember, (), (slug, name, trouble))
struct Member {
  PartnerId id;
  Slug slug;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(Member, (), (id, slug, name))
struct ListMembers {
  std::optional<Cursor> cursor;
  PageLimit limit;
  std::optional<Text<1, 40>> sort;
  std::optional<Slug> slug;
};
BOOST_DESCRIBE_STRUCT(ListMembers, (), (cursor, limit, sort, slug))
struct One {
  std::int32_t one;
};
BOOST_DESCRIBE_STRUCT(One, (), (one))

const db::Query<Member(PartnerId, Slug, Text<1, 120>)> kInsert{"test.insert_member", R"sql(
    insert into app.partners (organization_id, id, kind, slug, name) values ($1, $2, 'affiliate', $3, $4)
    on conflict do nothing returning id, slug, name)sql"};
const db::Query<Member(PartnerId)> kMember{"test.member", R"sql(
    select id, slug, name from app.partners where organization_id = $1 and id = $2)sql"};
const db::ListQuery<Member(std::optional<Slug>)> kMembers{
    "test.members",
    R"sql(
    select id, slug, name from app.partners where organization_id = $1 
      and ($2::text is null or slug = $2))sql",
    "id",
    {{"slug", "slug", "text"}, {"created_at", "created_at", "timestamptz"}}};
const db::Query<One()> kSleep{"test.sleep", "select 1 as one from pg_sleep(0.3) where $1::uuid is not null"};
const db::Query<One()> kDivide{"test.divide",
                               "select 1 / (case when $1::uuid is null then 1 else 0 end) as one"};
const db::Query<db::Nothing(PartnerId)> kBadSlug{"test.bad_slug", R"sql(
    insert into app.partners (organization_id, id, kind, slug, name)
    values ($1, $2, 'affiliate', 'x', 'N'))sql"};

int handled = 0;

Task<Member> create_member(db::Tx& tx, CreateMember request) {
  ++handled;
  const Trouble trouble = request.trouble.value_or(Trouble::none);
  if (trouble == Trouble::conflict_before) throw Problem(kSlugTaken);
  if (trouble == Trouble::not_declared) throw Problem(kNotDeclared);
  TANDEM_ASSERT(trouble != Trouble::assertion, "planted");
  if (trouble == Trouble::broken) co_await tx.one(kDivide);
  if (trouble == Trouble::locked) co_await tx.one(kSleep);
  if (trouble == Trouble::constraint) co_await tx.exec(kBadSlug, tx.new_id<PartnerId>());
  const auto row = co_await tx.maybe(kInsert, tx.new_id<PartnerId>(), request.slug, request.name);
  if (!row) throw Problem(kSlugTaken, "another member has it");
  co_return *row;
}
Task<Member> get_member(db::Tx& tx, PartnerId id) {
  const auto row = co_await tx.maybe(kMember, id);
  if (!row) throw Problem(kNotFound);
  co_return *row;
}
Task<Page<Member>> list_members(db::Tx& tx, ListMembers query) {
  co_return co_await tx.page(kMembers, query.sort ? query.sort->str() : "", query.cursor, query.limit,
                             query.slug);
}
Task<NoContent> touch_member(db::Tx& tx, PartnerId id) {
  co_await get_member(tx, id);
  co_return NoContent{};
}
Task<Reply<Member>> lead_like(Context context, CreateMember request) {
  (void)context;
  co_return Reply<Member>{200, Member{PartnerId{}, request.slug, request.name.str()}};
}

void declare(Routes& routes) {
  routes.tag("members");
  routes.post("/api/members", create_member)
      .says("Create a member")
      .allow(Access::staff)
      .needs(Permission::members_manage)
      .as(Role::write)
      .refuses({&kSlugTaken, &kNameLength});
  routes.get("/api/members", list_members)
      .says("List members")
      .allow(Access::partner)
      .needs(Permission::members_read)
      .as(Role::read);
  routes.get("/api/members/{member_id}", get_member)
      .says("Get a member")
      .allow(Access::partner)
      .needs(Permission::members_read)
      .as(Role::read);
  routes.post("/api/members/{member_id}/touch", touch_member)
      .says("Touch a member")
      .allow(Access::staff)
      .needs(Permission::members_manage)
      .as(Role::write);
  routes.post("/api/beacons", lead_like)
      .says("Take a beacon")
      .allow(Access::open)
      .takes_text()
      .from_any_origin()
      .also_answers(200);
  routes.post("/api/sites", lead_like)
      .says("Take a lead")
      .allow(Access::site)
      .needs(Permission::leads_manage);
  routes.map_constraint("partners_slug", kNameLength);
  declare_platform_routes(routes, {});
}

std::string body_of(std::string_view slug, std::string_view trouble = {}) {
  return fmt::format(R"({{"slug": "{}", "name": "N"{}}})", slug,
                     trouble.empty() ? "" : fmt::format(R"(, "trouble": "{}")", trouble));
}

std::string id_in(const Answer& answer) {
  const auto at = answer.body.find(R"("id":")");
  return at == std::string::npos ? "" : answer.body.substr(at + 6, 36);
}

struct DispatchTest : testing::Test {
  Fixture f;
  TestApp app{f, declare};
  std::string count(std::string_view slug) {
    return f
        .peek("select count(*) from app.partners where organization_id = $1 and slug = $2",
              {f.organization_id.str(), std::string(slug)})
        .value();
  }
  Answer with_key(std::string key, std::string body) {
    return app.call(Method::post, "/api/members", std::move(body),
                    {{"content-type", "application/json"}, {"idempotency-key", std::move(key)}});
  }
};

TEST_F(DispatchTest, CreatesReadsAndLists) {
  const auto made = app.post("/api/members", body_of("ana"));
  EXPECT_EQ(made.status, 201);
  const auto read = app.get("/api/members/" + id_in(made));
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.body, made.body);
  EXPECT_EQ(app.get("/api/members").body, R"({"items":[)" + made.body + R"(],"next_cursor":null})");
  EXPECT_EQ(app.post("/api/members/" + id_in(made) + "/touch").status, 204);
}

TEST_F(DispatchTest, RefusesInWords) {
  const auto invalid = app.post("/api/members", R"({"slug": "A B", "extra": 1})");
  EXPECT_EQ(invalid.status, 422);
  EXPECT_EQ(invalid.content_type, "application/problem+json");
  EXPECT_TRUE(invalid.names("/slug")) << invalid.body;
  EXPECT_TRUE(invalid.names("/name", "required")) << invalid.body;
  EXPECT_TRUE(invalid.names("/extra", "unknown_field")) << invalid.body;
  EXPECT_EQ(app.post("/api/members", "{").code(), "bad_json");
  EXPECT_EQ(app.get("/api/nothing").status, 404);
  EXPECT_EQ(app.get("/api/members/0190").code(), "not_found");
  EXPECT_EQ(app.get("/api/members/" + new_uuid().str()).code(), "not_found");
  EXPECT_TRUE(app.get("/api/members?limit=201").names("?limit"));
  EXPECT_TRUE(app.get("/api/members?sort=name").names("?sort"));
  EXPECT_TRUE(app.get("/api/members?cursor=x").names("?cursor"));
  const Cursor forged("created_at", "not an instant", new_uuid());
  EXPECT_TRUE(app.get("/api/members?sort=created_at&cursor=" + forged.str()).names("?cursor", "malformed"));
  EXPECT_TRUE(app.get("/api/members/" + new_uuid().str() + "?a=1").names("?a", "unknown_field"));
  const auto wrong_method = app.call(Method::patch, "/api/members");
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_EQ(wrong_method.header("Allow"), "GET, HEAD, POST");
}

TEST_F(DispatchTest, ContentTypes) {
  const auto typed = [&](std::string type, std::string_view target) {
    return app
        .call(Method::post, target, body_of("ct"),
              {{"content-type", std::move(type)}, {"idempotency-key", "a"}})
        .status;
  };
  EXPECT_EQ(typed("text/plain", "/api/members"), 415);
  EXPECT_EQ(typed("application/x-www-form-urlencoded", "/api/members"), 415);
  EXPECT_EQ(typed("text/plain;charset=UTF-8", "/api/beacons"), 200);
  EXPECT_EQ(app.call(Method::post, "/api/members", body_of("ct")).status, 415);
  EXPECT_EQ(app.call(Method::post, "/api/members", body_of("ct"),
                     {{"content-type", "application/json"}, {"content-encoding", "gzip"}})
                .status,
            415);
  EXPECT_EQ(app.call(Method::get, "/api/members", {}, {{"accept", "image/png"}}).status, 406);
  EXPECT_EQ(app.call(Method::get, "/api/members", {}, {{"accept", "image/png, */*;q=0.1"}}).status, 200);
  EXPECT_EQ(app.send(Method::post, "/api/members/" + new_uuid().str() + "/touch", R"({"a":1})").status, 422);
  EXPECT_EQ(count("ct"), "0");
}

TEST_F(DispatchTest, AccessIsByKindOfCaller) {
  const std::string id = id_in(app.post("/api/members", body_of("acc")));
  const auto statuses = [&] {
    return std::vector<int>{app.get("/api/members").status, app.post("/api/members", body_of("acc2")).status,
                            app.post("/api/sites", body_of("xx")).status,
                            app.post("/api/beacons", body_of("xx")).status};
  };
  app.principal.scope = f.partner(PartnerId{*Uuid::parse(id)});
  EXPECT_EQ(statuses(), (std::vector<int>{200, 403, 403, 200}));
  app.principal.kind = Principal::Kind::site_key;
  app.principal.scope = f.system;
  EXPECT_EQ(statuses(), (std::vector<int>{403, 403, 200, 200}));
  app.principal.kind = Principal::Kind::anonymous;
  EXPECT_EQ(statuses(), (std::vector<int>{401, 401, 401, 200}));
  const auto refused = app.get("/api/members");
  EXPECT_EQ(refused.header("WWW-Authenticate"), "Bearer");
}

TEST_F(DispatchTest, ARouteNeedsItsPermission) {
  app.principal.permissions = {Permission::members_read};
  EXPECT_EQ(app.get("/api/members").status, 200);
  const auto refused = app.post("/api/members", body_of("perm"));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "forbidden");
  EXPECT_EQ(count("perm"), "0");
  app.principal.permissions = http::Permissions::all().without({Permission::members_read});
  EXPECT_EQ(app.get("/api/members").code(), "forbidden");
}

TEST_F(DispatchTest, CrossOriginAnswers) {
  const auto preflight = [&](std::string_view target, std::string method) {
    return app.call(
        Method::options, target, {},
        {{"origin", "https://shop.example"}, {"access-control-request-method", std::move(method)}});
  };
  const auto open = preflight("/api/beacons", "POST");
  EXPECT_EQ(open.status, 204);
  EXPECT_EQ(open.header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(preflight("/api/sites", "POST").header("Access-Control-Allow-Origin"), "https://shop.example");
  EXPECT_EQ(preflight("/api/members", "POST").status, 405);
  EXPECT_EQ(preflight("/api/nothing", "POST").status, 404);
  const auto actual = app.send(Method::post, "/api/beacons", "[]", {{"origin", "https://shop.example"}});
  EXPECT_EQ(actual.status, 422);
  EXPECT_EQ(actual.header("Access-Control-Allow-Origin"), "*") << "refusals are read by the page too";
  EXPECT_EQ(app.send(Method::get, "/api/members", {}, {{"origin", "https://shop.example"}})
                .header("Access-Control-Allow-Origin"),
            "");
}

TEST_F(DispatchTest, CsvIsTheWholeList) {
  for (int i = 0; i < 7; ++i) app.post("/api/members", body_of(fmt::format("csv-{}", i)));
  f.database.admin().exec(
      "insert into app.partners (organization_id, id, kind, slug, name) "
      "select $1::uuid, gen_random_uuid(), 'affiliate', 'many-' || n, '=N' from generate_series(1, 450) n",
      {f.organization_id.str()});
  const auto whole = app.get("/api/members?format=csv");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.content_type, "text/csv; charset=utf-8");
  EXPECT_TRUE(whole.body.starts_with("\"id\",\"slug\",\"name\"\r\n")) << whole.body.substr(0, 80);
  EXPECT_EQ(std::ranges::count(whole.body, '\n'), 1 + 457);
  EXPECT_NE(whole.body.find("\"'=N\""), std::string::npos);
  EXPECT_EQ(whole.header("Next-Cursor"), "");
  const auto accepted = app.call(Method::get, "/api/members?slug=csv-3", {}, {{"accept", "text/csv"}});
  EXPECT_EQ(std::ranges::count(accepted.body, '\n'), 2);
  EXPECT_TRUE(app.get("/api/members?format=xml").names("?format"));
}

TEST_F(DispatchTest, OneKeyOneEffectOneAnswer) {
  EXPECT_EQ(
      app.call(Method::post, "/api/members", body_of("a"), {{"content-type", "application/json"}}).code(),
      "idempotency_key_missing");
  EXPECT_EQ(with_key("a b", body_of("a")).code(), "idempotency_key_malformed");
  handled = 0;
  const auto first = with_key("k1", body_of("once"));
  EXPECT_EQ(first.status, 201);
  const auto again = with_key("\"k1\"", body_of("once"));
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(first.header("Idempotent-Replayed"), "");
  EXPECT_EQ(with_key("k1", R"({  "slug":"once",   "name":"N"})").body, first.body)
      << "white space is not content";
  EXPECT_EQ(with_key("k1", body_of("other")).code(), "key_reused");
  EXPECT_EQ(count("once"), "1");
  // A key is its actor's own.
  app.principal.scope.actor_id = ActorId{new_uuid()};
  EXPECT_EQ(with_key("k1", body_of("other")).status, 201);
}

TEST_F(DispatchTest, RefusalsOfTheStateAreKept) {
  app.post("/api/members", body_of("taken"));
  const auto refused = with_key("k2", body_of("taken"));
  EXPECT_EQ(refused.code(), "slug_taken");
  f.database.admin().exec(
      "update app.partners set slug = 'free' where organization_id = $1 and slug = 'taken'",
      {f.organization_id.str()});
  const auto again = with_key("k2", body_of("taken"));
  EXPECT_EQ(again.body, refused.body) << "the same answer although it would go well now";
  EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(again.content_type, "application/problem+json");
  // Refused before anything was asked of the database, or failed: nothing is kept.
  EXPECT_EQ(with_key("k3", body_of("xx", "conflict_before")).code(), "slug_taken");
  EXPECT_EQ(with_key("k3", body_of("later")).status, 201);
  EXPECT_EQ(with_key("k4", R"({"slug": "x"})").code(), "invalid");
  EXPECT_EQ(with_key("k4", body_of("later-2")).status, 201);
  EXPECT_EQ(with_key("k5", body_of("xx", "broken")).status, 500);
  EXPECT_EQ(with_key("k5", body_of("later-3")).status, 201);
}

TEST_F(DispatchTest, AStormOfOneKeyHasOneEffect) {
  constexpr int kCalls = 24;
  std::vector<Response> answers(kCalls);
  int left = kCalls;
  for (auto& answer : answers)
    boost::asio::co_spawn(
        f.io,
        app.dispatch()(f.pool,
                       TestApp::request(Method::post, "/api/members", body_of("storm", "locked"),
                                        {{"content-type", "application/json"}, {"idempotency-key", "s"}})),
        [&](const std::exception_ptr& failure, Response response) {
          ASSERT_FALSE(failure);
          answer = std::move(response);
          --left;
        });
  f.io.restart();
  while (left > 0 && f.io.run_one() > 0) {
  }
  EXPECT_EQ(count("storm"), "1");
  int created = 0;
  for (const auto& answer : answers) {
    if (answer.status == 201) {
      ++created;
      EXPECT_EQ(answer.body, answers[0].status == 201 ? answers[0].body : answer.body);
    } else {
      EXPECT_TRUE(answer.status == 409 || answer.status == 503) << answer.body;
    }
  }
  EXPECT_GE(created, 1);
}

TEST_F(DispatchTest, FailuresTellNothing) {
  const auto broken = app.post("/api/members", body_of("xx", "broken"));
  EXPECT_EQ(broken.status, 500);
  EXPECT_EQ(broken.body.find("division"), std::string::npos);
  EXPECT_NE(broken.body.find("request_id"), std::string::npos);
  EXPECT_EQ(app.post("/api/members", body_of("xx", "assertion")).code(), "internal");
  EXPECT_EQ(app.post("/api/members", body_of("xx", "constraint")).code(), "name_length");
}

TEST_F(DispatchTest, UndeclaredRefusalsAreRemembered) {
  EXPECT_EQ(app.post("/api/members", body_of("xx", "not_declared")).code(), "not_declared");
  const auto seen = undeclared_problems();
  EXPECT_EQ(seen, std::vector<std::string>{"POST /api/members: not_declared"});
}

TEST_F(DispatchTest, TheAuditHookSeesWhatChanged) {
  std::vector<std::string> seen;
  Hooks hooks;
  hooks.audit = [&](db::Tx&, const Route& route, const Request&, std::optional<Uuid> subject) {
    seen.push_back(route.pattern + " " + (subject ? subject->str() : "-"));
  };
  TestApp audited(f, declare, std::move(hooks));
  const auto made = audited.post("/api/members", body_of("aud"));
  audited.get("/api/members/" + id_in(made));
  audited.post("/api/members/" + id_in(made) + "/touch");
  EXPECT_EQ(seen, (std::vector<std::string>{"/api/members " + id_in(made),
                                            "/api/members/{member_id}/touch " + id_in(made)}));
}

TEST_F(DispatchTest, PlatformRoutes) {
  EXPECT_EQ(app.get("/healthz").body, "ok\n");
  EXPECT_EQ(app.get("/readyz").status, 200);
  EXPECT_EQ(app.get("/metrics").status, 200);
  EXPECT_EQ(app.call(Method::get, "/metrics", {}, {{"x-forwarded-for", "1.1.1.1"}}).status, 404);
  const auto document = app.get("/api/openapi.json");
  EXPECT_EQ(document.status, 200);
  EXPECT_EQ(document.body, openapi_document(app.routes()));
  EXPECT_NE(document.body.find("\"operationId\": \"create_member\""), std::string::npos);
  EXPECT_NE(app.get("/api/problems").body.find("slug_taken"), std::string::npos);
  EXPECT_NE(problems_document(app.routes()).find("| `slug_taken` | 409 |"), std::string::npos);
}

TEST_F(DispatchTest, MetricsCountByRoute) {
  app.get("/api/members/" + new_uuid().str());
  std::string text = Metrics::instance().text(&app.dispatch().metrics());
  EXPECT_NE(
      text.find(
          R"(tandem_http_server_requests_total{route="/api/members/{member_id}",method="GET",status="4xx"} 1)"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find(R"(_count{route="/api/members/{member_id}",method="GET"} 1)"), std::string::npos);
}

}  // namespace
}  // namespace tandem::http
