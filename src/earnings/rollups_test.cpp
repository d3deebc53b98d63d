#include "earnings/rollups.hpp"

#include <gtest/gtest.h>

#include <random>

#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::earnings {
namespace {

using db::Role;
using test::refund_event;
using test::sale_event;

struct Rollups : testing::Test {
  test::Story s;
  PartnerId a = s.partner(), b = s.partner();
  std::vector<attribution::Link> links{s.link(a), s.link(a), s.link(b)};
  test::Story::Source billing = s.billing();
  int events = 0;

  Rollups() {
    s.deal(a, RatePpm{100'000});
    s.deal(b, RatePpm{50'000});
  }
  void sale(const std::string& id, std::size_t link, std::int64_t amount, std::string_view at,
            std::string_view currency = "USD") {
    s.deliver(billing, fmt::format("e{}", ++events),
              sale_event(id, amount, fmt::format(R"("link_code": "{}")", links[link].code.str()), currency,
                         "sale.created", at));
  }
  void refund(const std::string& id, std::int64_t amount, std::string_view at) {
    ++events;
    s.deliver(billing, fmt::format("e{}", events),
              refund_event(fmt::format("r{}", events), id, amount, false, "USD", at));
  }
  std::int64_t fold() { return s.tx(Role::write, fold_rollups); }
  std::string report(std::string_view query) {
    const auto answer = s.app.get(fmt::format("/api/analytics/earnings?{}&format=csv", query));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body;
  }
  std::string all_reports() {
    std::string out;
    for (const auto* query :
         {"group_by=partner", "group_by=link", "group_by=month",
          "group_by=currency&from=2026-02-01&to=2026-03-01", "group_by=link&from=2026-01-15&to=2026-02-20"}) {
      out += report(query);
      out += report(fmt::format("{}&partner_id={}", query, b.str()));
    }
    return out;
  }
  /// The same reports when nothing is rolled up.
  std::string by_rows() {
    s.cell("update app.rollup_states set time_zone = 'none' where organization_id = $1 returning 1");
    auto out = all_reports();
    s.cell("update app.rollup_states set time_zone = 'UTC' where organization_id = $1 returning 1");
    return out;
  }
  std::string marks() { return s.cell("select count(*) from app.earning_marks where organization_id = $1"); }
  std::string rows() { return s.cell("select count(*) from app.earning_rollups where organization_id = $1"); }
};

TEST_F(Rollups, EqualTheRowsWithLateAndReversedEvents) {
  EXPECT_EQ(fold(), 0) << "the first time makes what there is";
  std::mt19937 random(7);
  const auto at = [&] {
    return fmt::format("2026-{:02}-{:02}T{:02}:30:00Z", random() % 3 + 1, random() % 28 + 1, random() % 24);
  };
  int sold = 0;
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 6; ++i)
      sale(fmt::format("s{}", ++sold), random() % 3, 1'000 + static_cast<std::int64_t>(random() % 9'000),
           at(), random() % 4 == 0 ? "EUR" : "USD");
    refund(fmt::format("s{}", random() % static_cast<unsigned>(sold) + 1), 300, at());
    s.work();
    const auto before = all_reports();
    EXPECT_EQ(before, by_rows()) << "with marks, round " << round;
    EXPECT_NE(marks(), "0");
    if (round % 2 == 0) EXPECT_GT(fold(), 0);
    EXPECT_EQ(all_reports(), before) << "folded, round " << round;
    EXPECT_EQ(s.differences(), "");
  }
  while (fold() > 0) {
  }
  EXPECT_EQ(marks(), "0");
  EXPECT_EQ(all_reports(), by_rows());
  const auto folded = rows();
  s.tx(Role::write, [](db::Tx& tx) { return rebuild_rollups(tx); });
  EXPECT_EQ(rows(), folded);
  EXPECT_EQ(all_reports(), by_rows());
}

TEST_F(Rollups, FollowTheOrganizationsZone) {
  sale("s1", 0, 10'000, "2026-01-31T23:30:00Z");
  s.work();
  fold();
  EXPECT_NE(report("group_by=month").find("2026-01"), std::string::npos);
  s.cell("update app.organizations set time_zone = 'Asia/Seoul' where organization_id = $1 returning 1");
  EXPECT_EQ(report("group_by=month").find("2026-01"), std::string::npos) << "read from the rows";
  fold();
  EXPECT_EQ(report("group_by=month").find("2026-01"), std::string::npos) << "made anew";
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Rollups, ReconcileFindsAWrongSumAndRebuildMendsIt) {
  sale("s1", 0, 10'000, "2026-01-31T10:00:00Z");
  s.work();
  fold();
  EXPECT_EQ(s.differences(), "");
  s.cell("update app.earning_rollups set earned = earned + 1 where organization_id = $1 returning 1");
  EXPECT_NE(s.differences().find("rollup_differs " + a.str()), std::string::npos) << s.differences();
  s.tx(Role::write, [](db::Tx& tx) { return rebuild_rollups(tx); });
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Rollups, APartnerReadsItsOwn) {
  sale("s1", 0, 10'000, "2026-01-31T10:00:00Z");
  sale("s2", 2, 10'000, "2026-01-31T10:00:00Z");
  s.work();
  fold();
  s.app.principal.scope = s.partner(b);
  for (const auto* group : {"partner", "link", "month", "currency"}) {
    const auto own = report(fmt::format("group_by={}", group));
    EXPECT_NE(own.find("\"500\""), std::string::npos) << own;
    EXPECT_EQ(own.find("\"1000\""), std::string::npos) << own;
  }
}

TEST_F(Rollups, EveryOrganizationIsFolded) {
  sale("s1", 0, 10'000, "2026-01-31T10:00:00Z");
  s.work();
  s.run(fold_all_rollups(s.pool));
  EXPECT_EQ(marks() + rows(), "01");
}

TEST_F(Rollups, StatementsArePdfsThatAddUp) {
  sale("s1", 0, 10'000, "2026-01-31T10:00:00Z");
  s.work();
  refund("s1", 2'500, "2026-02-01T10:00:00Z");
  s.work();
  const std::string own = "/api/partners/" + a.str() + "/statement.pdf";
  for (const auto* query :
       {"", "?language=ru", "?from=2020-01-01&to=2020-02-01", "?language=uz&to=2027-01-01"}) {
    const auto answer = s.app.get(own + query);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.content_type, "application/pdf");
    EXPECT_EQ(answer.body.substr(0, 5), "%PDF-");
    EXPECT_TRUE(answer.header("Content-Disposition").starts_with("attachment; filename=\"statement-"));
    EXPECT_EQ(answer.header("Content-Security-Policy"), "sandbox; default-src 'none'");
  }
  test::expect_refused(
      s.app,
      {{http::Method::get, own + "?from=2026-02-02&to=2026-02-02", {}, 422, "invalid", "?to"},
       {http::Method::get, own + "?language=xx", {}, 422, "invalid", "?language"},
       {http::Method::get, "/api/partners/" + new_uuid().str() + "/statement.pdf", {}, 404, "not_found"}});
  s.app.principal.scope = s.partner(b);
  EXPECT_EQ(s.app.get(own).status, 404);
  EXPECT_EQ(s.app.get("/api/partners/" + b.str() + "/statement.pdf").status, 200);
}

}  // namespace
}  // namespace tandem::earnings
