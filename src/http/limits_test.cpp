#include "http/limits.hpp"

#include <gtest/gtest.h>

#include "support/test_app.hpp"

namespace tandem::http {
namespace {

Principal caller(const db::Scope& scope, Principal::Kind kind = Principal::Kind::api_key) {
  Principal out;
  out.kind = kind;
  out.permissions = Permissions::all();
  out.scope = scope;
  return out;
}

db::Scope somebody(OrganizationId organization) {
  return {organization, db::ActorKind::staff, ActorId{new_uuid()}, std::nullopt};
}

TEST(Limits, ACallerHasABurstAndThenItsRate) {
  Limits limits({.caller = {1, 5, 0}, .organization = {}});
  const auto one = caller(somebody(OrganizationId{new_uuid()}));
  for (int i = 0; i < 5; ++i) {
    const auto ticket = limits.admit(one);
    EXPECT_TRUE(ticket.figures->is_admitted) << i;
    EXPECT_EQ(ticket.figures->remaining, 4 - i);
  }
  const auto refused = limits.admit(one);
  EXPECT_FALSE(refused.figures->is_admitted);
  EXPECT_EQ(refused.figures->retry_after_s, 1);
  EXPECT_EQ(refused.figures->remaining, 0);
  EXPECT_TRUE(limits.admit(caller(somebody(one.scope.organization_id))).figures->is_admitted)
      << "another caller has its own";
}

TEST(Limits, ACallerHasSoManyRequestsAtOnce) {
  Limits limits({.caller = {1000, 2000, 2}, .organization = {}});
  const auto one = caller(somebody(OrganizationId{new_uuid()}));
  auto first = std::make_optional(limits.admit(one));
  const auto second = limits.admit(one);
  EXPECT_TRUE(second.figures->is_admitted);
  EXPECT_FALSE(limits.admit(one).figures->is_admitted);
  first.reset();
  EXPECT_TRUE(limits.admit(one).figures->is_admitted);
}

TEST(Limits, AnOrganizationHasOneForAllItsCallers) {
  Limits limits({.caller = {}, .organization = {1, 3, 0}});
  const OrganizationId organization{new_uuid()};
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(limits.admit(caller(somebody(organization), Principal::Kind::site_key)).figures->is_admitted);
  EXPECT_FALSE(limits.admit(caller(somebody(organization))).figures->is_admitted);
  EXPECT_TRUE(limits.admit(caller(somebody(OrganizationId{new_uuid()}))).figures->is_admitted);
}

TEST(Limits, AFewReportsRunAtATime) {
  Limits limits({.caller = {}, .organization = {}, .reports_in_progress = 2});
  auto first = std::make_optional(limits.admit_report());
  const auto second = limits.admit_report();
  try {
    limits.admit_report();
    FAIL() << "a third report was let in";
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.kind().code, "unavailable");
    EXPECT_GT(problem.retry_after_seconds(), 0);
  }
  first.reset();
  const auto third = limits.admit_report();
  Limits any({.caller = {}, .organization = {}, .reports_in_progress = 0});
  std::vector<Limits::ReportPlace> many;
  for (int i = 0; i < 100; ++i) many.push_back(any.admit_report());
}

struct Word {
  std::string word;
};
BOOST_DESCRIBE_STRUCT(Word, (), (word))
Task<Word> get_word(db::Tx&) { co_return Word{"here"}; }

TEST(Limits, AreToldAndRefusedByTheServer) {
  test::Fixture f;
  test::TestApp app(f,
                    [](Routes& routes) {
                      routes.get("/word", get_word)
                          .says("Get a word")
                          .allow(Access::staff)
                          .needs(Permission::settings_read)
                          .as(Role::read);
                    },
                    {}, {.caller = {2, 2, 0}, .organization = {}});
  const auto first = app.get("/word");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.header("RateLimit-Limit"), "2");
  EXPECT_EQ(first.header("RateLimit-Remaining"), "1");
  EXPECT_EQ(first.header("RateLimit-Reset"), "1");
  EXPECT_EQ(app.get("/word").status, 200);
  const auto refused = app.get("/word");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), "too_many_requests");
  EXPECT_EQ(refused.header("Retry-After"), "1");
  EXPECT_EQ(refused.header("RateLimit-Remaining"), "0");
}

}  // namespace
}  // namespace tandem::http
