// What happens to what arrives while a partner or the organization is suspended, or gone.
#include <gtest/gtest.h>

#include "jobs/worker.hpp"
#include "support/story.hpp"

namespace tandem::attribution {
namespace {

using test::sale_event;

struct Suspension : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();
  partners::DealId deal = s.deal(partner, RatePpm{100'000});
  Link link = s.link(partner);
  std::string by_link = fmt::format(R"("link_code": "{}")", link.code.str());
  test::Story::Source billing = s.billing();

  test::Answer send(const std::string& id, const std::string& body) { return s.deliver(billing, id, body); }
  std::string events() {
    return s.cell(
        "select coalesce(string_agg(state, ', ' order by id), '') from app.inbound_events "
        "where organization_id = $1");
  }
  std::string conversions() {
    return s.cell(
        "select coalesce(string_agg(kind || ' ' || amount || ' ' || currency, ', ' order by id), '') "
        "from app.conversions where organization_id = $1");
  }
};

TEST_F(Suspension, ASuspendedPartnersLinkEarnsNothing) {
  s.cell("update app.partners set status = 'suspended' where organization_id = $1 returning 1");
  EXPECT_EQ(send("evt_1", sale_event("inv_1", 1'000, by_link)).status, 200);
  s.work();
  EXPECT_EQ(conversions(), "sale 1000 USD");
  EXPECT_EQ(s.cell("select count(partner_id) from app.conversions where organization_id = $1"), "0")
      << "nobody's";
  EXPECT_EQ(s.cell("select count(*) from app.earnings where organization_id = $1"), "0");
}

TEST_F(Suspension, EventsOfASuspendedOrganizationWait) {
  const auto set = [&](std::string_view status) {
    s.cell(fmt::format("update app.organizations set status = '{}' where organization_id = $1 returning 1",
                       status));
  };
  const auto all_workers = [&] { s.run(jobs::Worker::run_due(s.pool)); };
  set("suspended");
  EXPECT_EQ(send("evt_1", sale_event("inv_1", 1'000, by_link)).status, 200)
      << "kept, so that nothing is lost";
  all_workers();
  EXPECT_EQ(events(), "received");
  EXPECT_EQ(conversions(), "");
  set("active");
  all_workers();
  EXPECT_EQ(conversions(), "sale 1000 USD");
  set("cancelled");
  EXPECT_EQ(send("evt_2", sale_event("inv_2", 1'000, by_link)).status, 404) << "as if it did not exist";
  EXPECT_EQ(s.outside.get("/r/" + s.link(partner).code.str()).status, 404);
}

}  // namespace
}  // namespace tandem::attribution
