// The organization's jobs: seen without what they are about, run again and given up by who may.
#include "identity/jobs.hpp"

#include <gtest/gtest.h>

#include "jobs/job.hpp"
#include "jobs/worker.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"
#include "support/test_app.hpp"

namespace tandem::identity {
namespace {

using test::member;

struct JobRoutes : testing::Test {
  JobRoutes() {
    jobs::Kinds::instance().clear();
    jobs::Kinds::instance().add({.name = "t.job",
                                 .batch_max = 1,
                                 .attempts_max = 2,
                                 .run = [this](db::Tx&, std::span<const jobs::Job>) -> Task<> {
                                   if (broken) throw Problem(kConflict);
                                   co_return;
                                 }});
  }
  ~JobRoutes() override { jobs::Kinds::instance().clear(); }

  std::string add() {
    f.tx(db::Role::write, [](db::Tx& tx) -> Task<> {
      jobs::enqueue(tx, "t.job", R"({"secret":"of a person"})");
      co_return;
    });
    return f
        .peek("select id from app.jobs where organization_id = $1 order by id desc limit 1",
              {f.organization_id.str()})
        .value();
  }
  void work() {
    f.peek("update app.jobs set run_at = now() - interval '1 s' where organization_id = $1 and state = 'due'",
           {f.organization_id.str()});
    f.run(jobs::Worker::run_due(f.pool, f.organization_id));
  }
  std::string parked() {
    auto id = add();
    work();
    work();
    return id;
  }

  test::FeatureFixture f;
  test::TestApp app{f, declare_jobs};
  bool broken = true;
};

TEST_F(JobRoutes, AreSeenWithoutWhatTheyAreAbout) {
  const auto id = parked();
  const auto one = app.get("/api/jobs/" + id);
  ASSERT_EQ(one.status, 200) << one.body;
  EXPECT_EQ(member(one.body, "state"), "parked");
  EXPECT_EQ(member(one.body, "last_error"), "problem conflict");
  const auto all = app.get("/api/jobs?state=parked&kind=t.job&failing=true");
  EXPECT_NE(all.body.find(id), std::string::npos) << all.body;
  EXPECT_EQ(all.body.find("of a person"), std::string::npos) << all.body;
  EXPECT_EQ(app.get("/api/jobs?state=done").body, R"({"items":[],"next_cursor":null})");
  EXPECT_EQ(app.get("/api/jobs?kind=other").body, R"({"items":[],"next_cursor":null})");
  EXPECT_EQ(app.get("/api/jobs?failing=false").body, R"({"items":[],"next_cursor":null})");
  EXPECT_EQ(app.get("/api/job-kinds").body, R"({"items":["t.job"]})");
  EXPECT_TRUE(app.get("/api/jobs?state=lost").names("?state"));
}

TEST_F(JobRoutes, RunAgainWithAllTheirAttempts) {
  const auto id = parked();
  const auto again = app.post("/api/jobs/" + id + "/retry");
  ASSERT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(member(again.body, "state"), "due");
  EXPECT_NE(again.body.find(R"("attempts":0)"), std::string::npos) << again.body;
  work();  // fails once more, and waits for its next attempt
  EXPECT_EQ(member(app.get("/api/jobs/" + id).body, "state"), "due");
  broken = false;
  EXPECT_EQ(app.post("/api/jobs/" + id + "/retry").status, 200) << "what waits for its next attempt, too";
  work();
  EXPECT_EQ(member(app.get("/api/jobs/" + id).body, "state"), "done");
  EXPECT_EQ(app.post("/api/jobs/" + id + "/retry").code(), "job_not_failed");
  EXPECT_EQ(app.post("/api/jobs/" + id + "/cancellation").code(), "job_not_failed");
}

TEST_F(JobRoutes, AreGivenUp) {
  const auto id = parked();
  const auto given_up = app.post("/api/jobs/" + id + "/cancellation");
  ASSERT_EQ(given_up.status, 200) << given_up.body;
  EXPECT_EQ(member(given_up.body, "state"), "cancelled");
  broken = false;
  work();
  EXPECT_EQ(member(app.get("/api/jobs/" + id).body, "state"), "cancelled") << "it never runs";
  EXPECT_EQ(app.post("/api/jobs/" + id + "/retry").status, 409);
}

TEST_F(JobRoutes, NeitherWhatHasNotFailedNorWhatIsOfOthers) {
  const auto fresh = add();
  EXPECT_EQ(app.post("/api/jobs/" + fresh + "/cancellation").code(), "job_not_failed");
  EXPECT_EQ(app.post("/api/jobs/" + fresh + "/retry").code(), "job_not_failed");
  EXPECT_EQ(app.post("/api/jobs/" + new_uuid().str() + "/retry").status, 404);
  test::FeatureFixture other;
  test::TestApp stranger(other, declare_jobs);
  EXPECT_EQ(stranger.get("/api/jobs/" + fresh).status, 404);
  EXPECT_EQ(stranger.post("/api/jobs/" + fresh + "/cancellation").status, 404);
}

}  // namespace
}  // namespace tandem::identity
