// A buyer who is the partner, seen by what the partner's own people left behind.
#include "earnings/partner_traces.hpp"

#include <gtest/gtest.h>

#include "earnings/module.hpp"
#include "earnings/risk_patterns.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::earnings {
namespace {

using test::member;

struct Traces : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();
  attribution::Link link = s.link(partner);

  void SetUp() override { s.deal(partner, RatePpm{100'000}); }
  /// One of the partner's people calls from there.
  void sees_member(PartnerId of, const std::string& ip, const std::string& device = {}) {
    http::Principal principal;
    principal.kind = http::Principal::Kind::user;
    principal.scope = {s.organization_id, db::ActorKind::partner, ActorId{new_uuid()}, of};
    http::Request request;
    request.client_ip = ip;
    if (!device.empty()) request.headers.emplace_back("cookie", "tdm_vid=" + device);
    s.run(note_member(s.pool, principal, request));
  }
  /// Somebody clicks the partner's link there, becomes a lead and buys.
  void buys(const std::string& ip, const std::string& device, std::string_view email) {
    s.cell(fmt::format(
        "insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, at, slot, ip) "
        "select $1, gen_random_uuid(), '{}', '{}', '{}', 'counted', 'script', now() - interval '1 hour', 1, '{}' "
        "returning 1",
        partner.str(), link.id.str(), device, ip));
    const auto made =
        s.app.post("/api/leads", fmt::format(R"({{"email": "{}", "visitor_id": "{}"}})", email, device));
    ASSERT_EQ(made.status, 201) << made.body;
    const auto sale = s.app.post(
        "/api/conversions",
        fmt::format(
            R"({{"external_id": "o {}", "kind": "sale", "amount": {{"amount": 10000, "currency": "USD"}}, )"
            R"("lead_id": "{}", "occurred_at": "{}"}})",
            email, member(made.body, "lead_id"), Clock::now().str()));
    ASSERT_EQ(sale.status, 201) << sale.body;
  }
  std::string signals() {
    return s.cell(
        "select coalesce(string_agg(kind || ' ' || (evidence ->> 'by') || ' ' || score, ', ' order by id), '') "
        "from app.risk_signals where organization_id = $1");
  }
  void has_account(PartnerId of, std::string_view email) {
    const auto made = s.app.post(
        fmt::format("/api/partners/{}/payout-methods", of.str()),
        fmt::format(R"({{"rail": "paypal", "currency": "USD", "holder_name": "Ann", "account": "{}"}})",
                    email));
    ASSERT_EQ(made.status, 201) << made.body;
  }
  void look_back() {
    s.tx(s.system, db::Role::money, [&](db::Tx& tx) -> Task<> {
      const std::array jobs{jobs::Job{
          jobs::JobId{new_uuid()},
          fmt::format(R"({{"period":"{}"}})", (Clock::now() + std::chrono::days{1}).str().substr(0, 10))}};
      co_await look_for_patterns(tx, jobs);
    });
  }
};

TEST_F(Traces, TheNetworkOfAMemberWithinADay) {
  sees_member(partner, "203.0.113.7");
  buys("203.0.113.8", new_uuid().str(), "one@buyer.example");
  EXPECT_EQ(signals(), "");
  buys("203.0.113.7", new_uuid().str(), "two@buyer.example");
  EXPECT_EQ(signals(), "self_referral address 60");
  EXPECT_EQ(s.cell("select state from app.earnings where organization_id = $1 order by id desc limit 1"),
            "held");
  EXPECT_EQ(s.cell("select string_agg(evidence::text, '') from app.risk_signals where organization_id = $1")
                .find("203.0"),
            std::string::npos);
  s.cell(
      "update app.partner_traces set seen_from = now() - interval '3 days', seen_to = now() - interval '26 hours' "
      "where organization_id = $1 returning 1");
  buys("203.0.113.7", new_uuid().str(), "three@buyer.example");
  EXPECT_EQ(signals(), "self_referral address 60") << "more than a day before";
}

TEST_F(Traces, AnotherPartnersNetworkIsNone) {
  sees_member(s.partner(), "203.0.113.7");
  buys("203.0.113.7", new_uuid().str(), "one@buyer.example");
  EXPECT_EQ(signals(), "");
}

TEST_F(Traces, TheBrowserOfAMemberFromAnywhere) {
  const std::string device = new_uuid().str();
  sees_member(partner, "127.0.0.1", device);
  EXPECT_EQ(s.cell("select string_agg(kind, ' ') from app.partner_traces where organization_id = $1"),
            "device")
      << "what everybody has behind a proxy tells nothing";
  buys("198.51.100.1", device, "one@buyer.example");
  EXPECT_EQ(signals(), "self_referral device 95");
}

TEST_F(Traces, TheAccountThatThePartnerIsPaidTo) {
  has_account(partner, "Ann.Money@mail.example");
  buys("198.51.100.1", new_uuid().str(), "bob@buyer.example");
  EXPECT_EQ(signals(), "");
  buys("198.51.100.2", new_uuid().str(), "ann.money+shop@mail.example");
  EXPECT_EQ(signals(), "self_referral account 95");
}

TEST_F(Traces, PartnersWhoShareAnAccountAreToldOnce) {
  const PartnerId other = s.partner(), third = s.partner();
  buys("198.51.100.1", new_uuid().str(), "bob@buyer.example");
  has_account(partner, "ann@mail.example");
  has_account(third, "eve@mail.example");
  look_back();
  EXPECT_EQ(signals(), "");
  has_account(other, "Ann@mail.example");
  look_back();
  look_back();
  EXPECT_EQ(s.cell("select string_agg(kind || ' ' || partner_id || ' ' || (evidence ->> 'partners'), ', ' "
                   "order by partner_id) from app.risk_signals where organization_id = $1"),
            fmt::format("shared_account {} 2, shared_account {} 2", std::min(partner, other).str(),
                        std::max(partner, other).str()));
  EXPECT_EQ(s.cell("select state from app.earnings where organization_id = $1"), "held");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Traces, WhatWasNotSeenForNinetyDaysIsForgotten) {
  sees_member(partner, "203.0.113.7", new_uuid().str());
  has_account(partner, "ann@mail.example");
  s.cell(
      "update app.partner_traces set seen_from = now() - interval '91 days', seen_to = now() - interval '91 days' "
      "where organization_id = $1 returning 1");
  look_back();
  EXPECT_EQ(s.cell("select string_agg(kind, ' ') from app.partner_traces where organization_id = $1"),
            "account");
}

TEST_F(Traces, PrivateAddressesTellNothing) {
  for (const char* ip : {"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1",
                         "fe80::1", "", "nonsense"})
    EXPECT_FALSE(tells_people_apart(ip)) << ip;
  for (const char* ip : {"203.0.113.7", "172.32.0.1", "2001:db8::1"})
    EXPECT_TRUE(tells_people_apart(ip)) << ip;
}

}  // namespace
}  // namespace tandem::earnings
