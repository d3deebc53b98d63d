// Partners' accounts at Stripe: the page on which they say who they are, and that nothing is paid to an
// account that Stripe does not pay to.
#include "payouts/connected_accounts.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "net/client.hpp"
#include "support/payout_emulators.hpp"
#include "support/payout_story.hpp"

namespace tandem::payouts {
namespace {

using http::Method;
using test::member;

struct Connected : testing::Test {
  test::PayoutStory s;
  test::StripeEmulator stripe{s.io.get_executor()};
  int messages = 0;

  void SetUp() override {
    net::Policy policy;
    policy.allowed = {net::Network::parse("127.0.0.0/8").value()};
    net::set_policy(std::move(policy));
    s.tx(s.system, db::Role::write, [&](db::Tx& tx) -> Task<> {
      EXPECT_TRUE(co_await identity::claim_code(tx, identity::CodeKind::organization, s.slug,
                                                s.organization_id.uuid()));
    });
    set_rail_urls({.stripe = stripe.base_url()});
    const auto set = s.as(s.anna).post(
        "/api/rail-accounts",
        R"({"rail":"stripe","secret":"sk_test_emulated","webhook_key":"whsec_of_transfers\nwhsec_of_accounts"})");
    ASSERT_EQ(set.status, 200) << set.body;
  }
  void TearDown() override {
    net::set_policy({});
    set_rail_urls({});
  }

  static std::string links_of(PartnerId id) {
    return "/api/partners/" + id.str() + "/connected-account-links";
  }
  test::Answer ask(PartnerId id, const std::string& key, const std::string& body = R"({"country":"DE"})") {
    return s.as(s.anna).call(Method::post, links_of(id), body,
                             {{"content-type", "application/json"}, {"idempotency-key", key}});
  }
  /// The partner has an account at Stripe, and a payout method with it that has cooled down.
  std::string begun(PartnerId id) {
    const auto link = ask(id, "begun");
    EXPECT_EQ(link.status, 201) << link.body;
    std::string name = member(link.body, "external_id");
    s.method(id, "stripe", name);
    s.cool_down(id);
    return name;
  }
  std::string id_of(PartnerId id) {
    return s
        .peek(
            "select id::text from app.connected_accounts where organization_id = $1 and partner_id = $2::uuid",
            {s.organization_id.str(), id.str()})
        .value_or("");
  }
  std::string state_of(PartnerId id) {
    return s
        .peek("select state from app.connected_accounts where organization_id = $1 and partner_id = $2::uuid",
              {s.organization_id.str(), id.str()})
        .value_or("");
  }
  std::string reason_of(PartnerId id) {
    return member(s.as(s.anna).get("/api/payout-candidates?currency=USD&partner_id=" + id.str()).body,
                  "reason");
  }
  /// Stripe's message about an account, signed with the endpoint's secret.
  int say_updated(const std::string& account, const std::string& event,
                  const std::string& secret = "whsec_of_accounts") {
    const std::string body = fmt::format(
        R"({{"id":"{}","type":"account.updated","data":{{"object":{{"id":"{}","object":"account","payouts_enabled":true}}}}}})",
        event, account);
    const auto time = std::to_string(Clock::now().unix_seconds());
    return s.outside
        .call(Method::post, "/api/payout-webhooks/" + s.slug + "/stripe", body,
              {{"stripe-signature",
                "t=" + time + ",v1=" + to_hex(crypto::hmac_sha256(secret, time + "." + body))}})
        .status;
  }
};

TEST_F(Connected, TheSameKeyGivesTheSamePageAndOneAccountIsMade) {
  const auto partner = s.partner();
  const auto first = ask(partner, "one"), again = ask(partner, "one"), other = ask(partner, "two", "{}");
  EXPECT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(member(first.body, "url"), member(again.body, "url"));
  EXPECT_NE(member(first.body, "url"), member(other.body, "url"));
  EXPECT_EQ(member(first.body, "external_id"), "acct_made1");
  EXPECT_EQ(member(first.body, "state"), "onboarding");
  EXPECT_EQ(stripe.accounts.size(), 1U);
  EXPECT_EQ(stripe.accounts.begin()->second.country, "DE");
}

TEST_F(Connected, IsAskedForByThePartnerOrItsStaffAlone) {
  const auto mine = s.partner(), other = s.partner();
  ASSERT_EQ(ask(mine, "mine").status, 201);
  s.as(s.anna);
  s.app.principal.scope = {s.organization_id, db::ActorKind::partner, ActorId{new_uuid()}, other};
  EXPECT_EQ(s.app.post(links_of(mine), R"({"country":"DE"})").status, 404);
  EXPECT_EQ(s.app.post("/api/connected-accounts/" + id_of(mine) + "/check").status, 404);
  EXPECT_EQ(s.app.get("/api/connected-accounts?partner_id=" + mine.str()).body.find("acct_"),
            std::string::npos);
  EXPECT_EQ(s.app.post(links_of(other), R"({"country":"DE"})").status, 201);
  EXPECT_EQ(s.as(s.anna).post(links_of(PartnerId{new_uuid()}), R"({"country":"DE"})").status, 404);
}

TEST_F(Connected, SaysWhyThereIsNoPage) {
  const auto partner = s.partner();
  EXPECT_EQ(ask(partner, "a", "{}").status, 422) << "no account yet and no country";
  EXPECT_EQ(ask(partner, "b", R"({"country":"Germany"})").status, 422);
  stripe.refused_countries.insert("UZ");
  const auto refused = ask(partner, "c", R"({"country":"UZ"})");
  EXPECT_EQ(refused.code(), "provider_refuses");
  EXPECT_NE(refused.body.find("country_unsupported"), std::string::npos);
  stripe.faults = {{.call = "POST /v1/accounts", .status = 503}};
  EXPECT_EQ(ask(partner, "d").code(), "provider_away");
  EXPECT_EQ(ask(partner, "e").status, 201) << "the country may change until there is an account";
  EXPECT_EQ(stripe.accounts.at("acct_made1").country, "DE");
}

TEST_F(Connected, ALostAnswerMakesNoSecondAccount) {
  const auto partner = s.partner();
  stripe.faults = {{.call = "POST /v1/accounts", .status = 0, .is_after = true}};
  EXPECT_EQ(ask(partner, "a").code(), "provider_away");
  EXPECT_EQ(ask(partner, "b").status, 201);
  EXPECT_EQ(stripe.accounts.size(), 1U);
}

TEST_F(Connected, WithoutAKeyOfTheOrganizationNothingIsMade) {
  test::PayoutStory bare;
  const auto partner = bare.partner();
  EXPECT_EQ(bare.as(bare.anna).post(links_of(partner), R"({"country":"DE"})").code(), "rail_not_ready");
  EXPECT_EQ(bare.peek("select count(*)::text from app.connected_accounts where organization_id = $1",
                      {bare.organization_id.str()}),
            "0");
}

TEST_F(Connected, WhoIsNotThroughIsNotPaid) {
  const auto partner = s.earner(10'000);
  const auto account = begun(partner);
  EXPECT_EQ(reason_of(partner), "account_not_ready");
  EXPECT_EQ(s.as(s.anna)
                    .post("/api/partners/" + partner.str() + "/payout-requests", R"({"currency":"USD"})")
                    .body.find("account_not_ready") != std::string::npos,
            true);
  stripe.complete(account);
  const auto checked = s.as(s.anna).post("/api/connected-accounts/" + id_of(partner) + "/check");
  EXPECT_EQ(member(checked.body, "state"), "ready") << checked.body;
  EXPECT_EQ(reason_of(partner), "");
  s.sent({partner});
  s.work();
  EXPECT_EQ(s.payout_state(partner), "paid");
  ASSERT_EQ(stripe.transfers.size(), 1U);
  EXPECT_EQ(stripe.transfers.front().destination, account);
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Connected, StripesMessageIsAHintWhateverItsOrder) {
  const auto partner = s.earner(10'000);
  const auto account = begun(partner);
  EXPECT_EQ(say_updated(account, "evt_0", "somebody else's"), 400);
  EXPECT_EQ(say_updated(account, "evt_1"), 200);
  s.work();
  EXPECT_EQ(state_of(partner), "onboarding")
      << "the message says that payouts are enabled, the account does not";
  stripe.complete(account);
  EXPECT_EQ(say_updated(account, "evt_2"), 200);
  EXPECT_EQ(say_updated(account, "evt_2"), 200);
  const auto before = stripe.calls("GET /v1/accounts/");
  s.work();
  EXPECT_EQ(stripe.calls("GET /v1/accounts/"), before + 1) << "once for a message";
  EXPECT_EQ(state_of(partner), "ready");
  EXPECT_EQ(say_updated(account, "evt_older"), 200) << "one that was late";
  s.work();
  EXPECT_EQ(state_of(partner), "ready");
  EXPECT_EQ(say_updated("acct_nobodys", "evt_3"), 200);
}

TEST_F(Connected, ACapabilityThatIsLostStopsWhatIsApproved) {
  const auto told = s.earner(10'000), untold = s.earner(20'000);
  const auto account = begun(told), other = begun(untold);
  for (const auto& [partner, name] : {std::pair{told, account}, std::pair{untold, other}}) {
    stripe.complete(name);
    s.as(s.anna).post("/api/connected-accounts/" + id_of(partner) + "/check");
  }
  const std::string run = "/api/payout-runs/" + member(s.draft({told, untold}).body, "id");
  s.as(s.boris).post(run + "/approval");
  stripe.accounts.at(account).pays_out = stripe.accounts.at(other).pays_out = false;
  EXPECT_EQ(say_updated(account, "evt_lost"), 200);
  s.work();
  EXPECT_EQ(state_of(told), "restricted");
  s.as(s.anna).post(run + "/submission");
  EXPECT_EQ(s.payout_state(told), "failed") << "known before it is sent";
  s.work();
  EXPECT_EQ(s.payout_state(untold), "failed") << "found when it is sent";
  for (const auto& partner : {told, untold}) {
    EXPECT_EQ(s.states(partner), "due");
    EXPECT_EQ(member(s.app.get("/api/payouts/" + s.payout_of(partner)).body, "reason"), "account_not_ready");
  }
  EXPECT_TRUE(stripe.transfers.empty());
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Connected, TheSimulatorLeadsBackAtOnce) {
  set_rail_urls({.stripe = "simulator"});
  const auto partner = s.partner(), cold = s.partner();
  const auto link = ask(partner, "one");
  EXPECT_NE(member(link.body, "url").find("/payout-details?stripe=returned"), std::string::npos) << link.body;
  ASSERT_EQ(ask(cold, "two", R"({"country":"AQ"})").status, 201);
  for (const auto& one : {partner, cold})
    s.as(s.anna).post("/api/connected-accounts/" + id_of(one) + "/check");
  EXPECT_EQ(state_of(partner), "ready");
  EXPECT_EQ(state_of(cold), "restricted");
}

}  // namespace
}  // namespace tandem::payouts
