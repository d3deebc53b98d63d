#include <gtest/gtest.h>

#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::analytics {
namespace {

using test::refund_event;
using test::sale_event;

struct Performance : testing::Test {
  test::Story s;
  PartnerId a = s.partner(), b = s.partner();
  attribution::Link link_a = s.link(a), link_b = s.link(b);
  test::Story::Source billing = s.billing();

  /// Two sales of a (one of them in euros and on another day), one of b, and a part of the first taken back.
  Performance() {
    s.deal(a, RatePpm{100'000});
    s.deal(b, RatePpm{50'000});
    const auto sale = [&](int n, const attribution::Link& link, std::int64_t amount, std::string_view at,
                          std::string_view currency) {
      s.deliver(
          billing, fmt::format("evt_{}", n),
          sale_event(fmt::format("s{}", n), amount, fmt::format(R"("link_code": "{}")", link.code.str()),
                     currency, "sale.created", at));
    };
    sale(1, link_a, 10'000, "2026-02-02T12:00:00Z", "USD");
    sale(2, link_a, 4'000, "2026-02-03T12:00:00Z", "EUR");
    sale(3, link_b, 30'000, "2026-02-03T13:00:00Z", "USD");
    s.work();
    s.deliver(billing, "evt_r", refund_event("r", "s1", 5'000, false, "USD", "2026-02-09T10:00:00Z"));
    s.work();
  }
  std::string report(std::string_view query) {
    const auto answer = s.app.get(fmt::format("/api/analytics/performance?{}&format=csv", query));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body.substr(answer.body.find("\r\n") + 2);
  }
};

TEST_F(Performance, CountsAndAmountsByDayWeekAndMonth) {
  EXPECT_EQ(report("group_by=day&from=2026-02-01&to=2026-02-05"),
            "\"2026-02-02\",\"2026-02-02\",\"\",\"0\",\"0\",\"1\",\"0\",\"0\",\"0\"\r\n"
            "\"2026-02-02\",\"2026-02-02\",\"USD\",\"0\",\"0\",\"0\",\"10000\",\"0\",\"1000\"\r\n"
            "\"2026-02-03\",\"2026-02-03\",\"\",\"0\",\"0\",\"2\",\"0\",\"0\",\"0\"\r\n"
            "\"2026-02-03\",\"2026-02-03\",\"EUR\",\"0\",\"0\",\"0\",\"4000\",\"0\",\"400\"\r\n"
            "\"2026-02-03\",\"2026-02-03\",\"USD\",\"0\",\"0\",\"0\",\"30000\",\"0\",\"1500\"\r\n");
  EXPECT_EQ(report("group_by=week&from=2026-02-09&to=2026-02-16"),
            "\"2026-02-09\",\"2026-02-09\",\"USD\",\"0\",\"0\",\"0\",\"0\",\"5000\",\"-500\"\r\n");
  EXPECT_EQ(report("group_by=month"),
            "\"2026-02-01\",\"2026-02-01\",\"\",\"0\",\"0\",\"3\",\"0\",\"0\",\"0\"\r\n"
            "\"2026-02-01\",\"2026-02-01\",\"EUR\",\"0\",\"0\",\"0\",\"4000\",\"0\",\"400\"\r\n"
            "\"2026-02-01\",\"2026-02-01\",\"USD\",\"0\",\"0\",\"0\",\"40000\",\"5000\",\"2000\"\r\n");
}

TEST_F(Performance, NamesPartnersAndLinksAndKeepsToOnePartner) {
  const auto links = report("group_by=link&partner_id=" + a.str());
  EXPECT_NE(links.find(link_a.code.str()), std::string::npos) << links;
  EXPECT_EQ(links.find(link_b.code.str()), std::string::npos) << links;
  EXPECT_NE(links.find("\"USD\",\"0\",\"0\",\"0\",\"10000\",\"5000\",\"500\""), std::string::npos) << links;
  const auto partners = report("group_by=partner");
  EXPECT_NE(partners.find(a.str()), std::string::npos);
  EXPECT_NE(partners.find(b.str()), std::string::npos);
}

TEST_F(Performance, APartnerSeesItsOwnAlone) {
  s.app.principal.scope = s.partner(b);
  const auto answer = s.app.get("/api/analytics/performance?group_by=partner&partner_id=" + a.str());
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body.find(a.str()), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find(b.str()), std::string::npos) << answer.body;
}

TEST_F(Performance, RefusesABackwardOrEndlessRange) {
  for (const auto* range : {"from=2026-02-02&to=2026-02-02", "from=2024-01-01&to=2026-01-01"})
    EXPECT_EQ(s.app.get(std::string("/api/analytics/performance?") + range).status, 422) << range;
  EXPECT_EQ(s.app.get("/api/analytics/performance?group_by=colour").status, 422);
}

}  // namespace
}  // namespace tandem::analytics
