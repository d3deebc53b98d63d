// What was earned stays as it was, whatever is agreed later: a new version of a deal, at a higher or a lower
// rate, changes nothing behind it.
#include <gtest/gtest.h>

#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem {
namespace {

using test::member;
using test::refund_event;
using test::sale_event;

TEST(DealVersions, ChangeNothingThatWasEarned) {
  test::Story s;
  const Timestamp today = Clock::now(), agreed_from = today + std::chrono::hours{24};
  const auto partner = s.partner();
  const auto deal = s.deal(partner, RatePpm{100'000});  // 10 %
  const auto link = s.link(partner);
  const auto billing = s.billing();
  const auto by_link = fmt::format(R"("link_code": "{}")", link.code.str());
  const auto sell = [&](std::string_view id, Timestamp at) {
    EXPECT_EQ(s.deliver(billing, fmt::format("evt_{}", id),
                        sale_event(id, 10'000, by_link, "USD", "sale.created", at.str()))
                  .status,
              200);
    s.work();
  };
  const auto earned = [&] {
    return s.cell(
        "select string_agg(c.external_id || ' ' || e.amount || ' ' || e.rate_ppm, ', ' order by c.external_id, e.id) "
        "from app.earnings e join app.conversions c on c.organization_id = e.organization_id and c.id = e.conversion_id "
        "where e.organization_id = $1");
  };
  const auto statement = [&] { return s.app.get("/api/partners/" + partner.str() + "/statement").body; };
  sell("a", today - std::chrono::hours{100});
  EXPECT_EQ(earned(), "a 1000 100000");
  const auto explanation = s.cell("select explanation::text from app.earnings where organization_id = $1");
  const auto before = statement();

  const auto agree = [&](Timestamp from, int rate) {
    return s.app.post(
        "/api/deals/" + deal.str() + "/versions",
        fmt::format(
            R"({{"valid_from": "{}", "terms": [{{"trigger": "sale", "method": "percentage", "rate_ppm": {}, "hold_days": 0}}]}})",
            from.str(), rate));
  };
  ASSERT_EQ(agree(agreed_from, 20'000).status, 201);
  EXPECT_EQ(agree(today - std::chrono::hours{200}, 1).status, 422) << "nobody changes the past";
  EXPECT_EQ(earned(), "a 1000 100000");
  EXPECT_EQ(statement(), before);

  Clock::freeze(today + std::chrono::hours{240});
  sell("b", agreed_from + std::chrono::hours{1});
  sell("c", agreed_from - std::chrono::seconds{1});  // told late: the version of its own day counts
  EXPECT_EQ(earned(), "a 1000 100000, b 200 20000, c 1000 100000");
  EXPECT_EQ(
      s.cell("select explanation::text from app.earnings e where organization_id = $1 order by id limit 1"),
      explanation);

  // What is taken back is taken at the rate at which it was earned.
  s.deliver(billing, "evt_r", refund_event("ref_1", "a", 5'000, false, "USD", agreed_from.str()));
  s.work();
  EXPECT_EQ(s.totals(), "2200 -500");
  EXPECT_EQ(s.differences(), "");
}

}  // namespace
}  // namespace tandem
