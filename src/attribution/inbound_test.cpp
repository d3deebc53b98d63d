// Receiving and applying billing events, in our own form and in Stripe's.
#include "attribution/inbound.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::attribution {
namespace {

using http::Method;
using test::Answer;
using test::member;
using test::refund_event;
using test::sale_event;

struct Inbound : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();
  partners::DealId deal = [this] {
    auto sale = test::FeatureFixture::percentage(RatePpm{100'000});
    auto paid = sale;
    paid.trigger = partners::Trigger::subscription;
    return s.deal(partner, std::vector{sale, paid});
  }();
  Link link = s.link(partner);
  std::string by_link = fmt::format(R"("link_code": "{}")", link.code.str());

  void lead(std::string_view email, std::string_view external_id) {
    const auto made = s.app.post(
        "/api/leads", fmt::format(R"({{"email": "{}", "external_id": "{}", "partner_code": "{}"}})", email,
                                  external_id, link.code.str()));
    ASSERT_EQ(made.status, 201) << made.body;
  }
  std::string events() {
    return s.cell(
        "select coalesce(string_agg(state || coalesce(': ' || error, ''), ', ' order by id), '') "
        "from app.inbound_events where organization_id = $1");
  }
  std::string conversions() {
    return s.cell(
        "select coalesce(string_agg(kind || ' ' || amount || ' ' || currency, ', ' order by id), '') "
        "from app.conversions where organization_id = $1");
  }
  std::string earnings() {
    return s.cell(
        "select coalesce(string_agg(state || ' ' || amount, ', ' order by id), '') "
        "from app.earnings where organization_id = $1");
  }
};

struct Generic : Inbound {
  test::Story::Source billing = s.billing();
  Answer send(const std::string& id, const std::string& body) { return s.deliver(billing, id, body); }
};

TEST_F(Generic, AWrongSignatureIsRefusedAndNothingIsStored) {
  const auto body = sale_event("inv_1", 1'000, by_link);
  const auto refused = [&](http::Pairs headers, const std::string& sent) {
    const auto answer = s.outside.call(Method::post, billing.path, sent, std::move(headers));
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.code(), "bad_signature");
  };
  const auto good = test::Story::signed_as_ours(billing, "evt_1", body);
  refused(good, body + " ");
  refused({{"content-type", "application/json"}}, body);
  for (const auto* missing : {"webhook-id", "webhook-timestamp", "webhook-signature"}) {
    auto headers = good;
    std::erase_if(headers, [&](const auto& header) { return header.first == missing; });
    refused(headers, body);
  }
  auto other_id = good;
  other_id[1].second = "evt_2";
  refused(other_id, body);
  refused(
      test::Story::signed_as_ours({billing.path, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "evt_1", body),
      body);
  EXPECT_EQ(events(), "");
}

TEST_F(Generic, AStaleOrFutureTimestampIsRefused) {
  const auto body = sale_event("inv_1", 1'000, by_link);
  const auto at = [&](int seconds) {
    return s.outside
        .call(Method::post, billing.path, body,
              test::Story::signed_as_ours(billing, fmt::format("evt{}", seconds), body,
                                          Clock::now() + std::chrono::seconds{seconds}))
        .status;
  };
  Clock::freeze(Clock::now());
  EXPECT_EQ(at(-301), 400);
  EXPECT_EQ(at(301), 400);
  EXPECT_EQ(at(-300), 200);
  EXPECT_EQ(at(300), 200);
}

TEST_F(Generic, OfTwoOpenDisputesTheLastWonReleases) {
  ASSERT_EQ(send("e1", sale_event("inv_1", 1'000, by_link)).status, 200);
  const auto dispute = [&](std::string_view event, std::string_view type, std::string_view id) {
    send(std::string(event), fmt::format(R"({{"type": "dispute.{}", "occurred_at": "2026-03-07T10:00:00Z", )"
                                         R"("data": {{"external_id": "{}", "conversion": "inv_1"}}}})",
                                         type, id));
    s.work();
  };
  s.work();
  dispute("e2", "opened", "d1");
  dispute("e3", "opened", "d2");
  EXPECT_EQ(earnings(), "held 100");
  dispute("e4", "won", "d1");
  EXPECT_EQ(earnings(), "held 100") << "the other is still open";
  dispute("e5", "won", "d2");
  EXPECT_EQ(earnings(), "pending 100");
}

TEST_F(Generic, TheVendorsOwnVector) {
  // Standard Webhooks 1.0.0, the vector of the specification's libraries.
  Clock::freeze(Timestamp::from_unix_seconds(1614265330));
  const http::Pairs headers{{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                            {"webhook-timestamp", "1614265330"},
                            {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}};
  const auto verified = generic_adapter().verify({headers, R"({"test": 2432232314})", Clock::now()},
                                                 {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->event_id, "msg_p5jXN8AQM9LWM0D4loKWxJek");
}

TEST_F(Generic, SeveralSignaturesAnyOfWhichCounts) {
  const auto body = sale_event("inv_1", 1'000, by_link);
  auto headers = test::Story::signed_as_ours(billing, "evt_1", body);
  for (auto& [name, value] : headers)
    if (name == "webhook-signature") value = "v1,AAAA v1a,BBBB " + value;
  EXPECT_EQ(s.outside.call(Method::post, billing.path, body, headers).status, 200);
}

TEST_F(Generic, AnUnknownAddressIsNotFound) {
  const auto body = sale_event("inv_1", 1'000, by_link);
  const auto answer = s.outside.call(Method::post, "/api/inbound/nothing-here-at-all", body,
                                     test::Story::signed_as_ours(billing, "evt_1", body));
  EXPECT_EQ(answer.status, 404);
}

TEST_F(Generic, TheSameAgainIsOnceAndAnotherBodyIsParked) {
  const auto body = sale_event("inv_1", 1'000, by_link);
  EXPECT_NE(send("evt_1", body).body.find(R"("duplicate":false)"), std::string::npos);
  EXPECT_NE(send("evt_1", body).body.find(R"("duplicate":true)"), std::string::npos);
  EXPECT_EQ(send("evt_1", sale_event("inv_1", 999'999, by_link)).status, 200);
  s.work();
  EXPECT_EQ(conversions(), "sale 1000 USD");
  EXPECT_EQ(events(), "processed, parked: this event id was received before with another body");
}

TEST_F(Generic, AnotherAmountUnderTheSameNameIsParkedAndNeverBooked) {
  send("evt_1", sale_event("inv_1", 1'000, by_link));
  s.work();
  send("evt_2", sale_event("inv_1", 5'000, by_link));
  send("evt_3", sale_event("inv_1", 1'000, by_link, "EUR"));
  send("evt_4", sale_event("inv_1", 1'000, by_link));
  s.work();
  EXPECT_EQ(conversions(), "sale 1000 USD");
  EXPECT_EQ(s.totals(), "100 0");
  EXPECT_EQ(
      s.cell("select string_agg(state, ' ' order by id) from app.inbound_events where organization_id = $1"),
      "processed parked parked processed");
}

TEST_F(Generic, AnUnknownTypeIsStoredAndIgnored) {
  EXPECT_EQ(send("evt_1", R"({"type": "customer.sneezed", "data": {"loud": true}})").status, 200);
  EXPECT_EQ(send("evt_2", R"({"type": "customer.sneezed"})").status, 200);
  s.work();
  EXPECT_EQ(events(),
            "processed: type customer.sneezed is not one that we act on, "
            "processed: type customer.sneezed is not one that we act on");
}

TEST_F(Generic, WhatCannotBeReadIsParkedWithAReason) {
  const auto amount = [&](std::string_view text) {
    return fmt::format(
        R"({{"type": "sale.created", "occurred_at": "2026-03-05T10:00:00Z", "data": {{"external_id": "a", )"
        R"("amount": {}, {}}}}})",
        text, by_link);
  };
  const std::vector<std::string> bodies{"not json",
                                        "[]",
                                        R"({"type": 5})",
                                        R"({"type": "sale.created", "data": {"external_id": "a"}})",
                                        amount("10"),
                                        amount(R"({"amount": 1.5, "currency": "USD"})"),
                                        amount(R"({"amount": -1, "currency": "USD"})"),
                                        amount(R"({"amount": "10", "currency": "USD"})"),
                                        amount(R"({"amount": 1000000000001, "currency": "USD"})"),
                                        amount(R"({"amount": 9223372036854775808, "currency": "USD"})"),
                                        amount(R"({"amount": 10, "currency": "XXQ"})"),
                                        amount(R"({"amount": 10, "currency": "USD"}, "note": "\u0000")"),
                                        sale_event("a", 10, R"("customer": {})"),
                                        refund_event("r", "", 5),
                                        refund_event("r", "inv", 0)};
  for (std::size_t i = 0; i < bodies.size(); ++i)
    EXPECT_EQ(send(fmt::format("evt_{}", i), bodies[i]).status, 200) << bodies[i];
  s.work();
  EXPECT_EQ(s.cell("select count(*) filter (where state = 'parked' and error <> '') || ' of ' || count(*) "
                   "from app.inbound_events where organization_id = $1"),
            fmt::format("{0} of {0}", bodies.size()))
      << events();
  EXPECT_EQ(conversions(), "");
}

TEST_F(Generic, OddTextHurtsNobody) {
  std::string accents, name = std::string(63, 'x');
  for (int i = 0; i < 200; ++i) accents += "é";
  name += "é";
  const auto odd = fmt::format(
      R"("link_code": "{}", "product": "x{}", "plan": "{}", "references": ["x{}"], "metadata": {{"{}": "x{}"}})",
      link.code.str(), accents, accents, accents, name, accents);
  EXPECT_EQ(send("evt_1", sale_event("inv_1", 1'000, odd)).status, 200);
  EXPECT_EQ(send("evt_2", fmt::format(R"({{"type": "x{}"}})", accents)).status, 200);
  EXPECT_EQ(send("evt_3", sale_event("inv_\\u0000", 1'000, by_link)).status, 200);
  EXPECT_EQ(send("evt_4", sale_event("inv_4", 2'000, by_link)).status, 200);
  s.work();
  EXPECT_EQ(conversions(), "sale 1000 USD, sale 2000 USD");
  EXPECT_EQ(
      s.cell("select string_agg(state, ' ' order by id) from app.inbound_events where organization_id = $1"),
      "processed processed parked processed");
  // An event id that is no text is refused before it reaches others' batch.
  const auto body = sale_event("inv_5", 1'000, by_link);
  const std::string id = "evt_\xff\xfe";
  EXPECT_EQ(
      s.outside.call(Method::post, billing.path, body, test::Story::signed_as_ours(billing, id, body)).status,
      400);
}

TEST_F(Generic, ACouponOrACustomerSaysWho) {
  ASSERT_EQ(s.app.post("/api/partners/" + partner.str() + "/coupons", R"({"code": "SPRING"})").status, 201);
  lead("buyer@example.test", "acct_1");
  send("evt_1", sale_event("a", 100, R"("coupon": "spring")"));
  send("evt_2", sale_event("b", 200, R"("customer": {"external_id": "acct_1"})", "USD", "subscription.paid"));
  send("evt_3", sale_event("c", 300, R"("customer": {"email": "BUYER@example.test"})"));
  s.work();
  EXPECT_EQ(conversions(), "sale 100 USD, subscription 200 USD, sale 300 USD");
  EXPECT_EQ(earnings(), "pending 10, pending 20, pending 30");
}

TEST_F(Generic, ARefundInAnotherCurrencyIsParked) {
  send("evt_1", sale_event("a", 1'000, by_link));
  send("evt_2", refund_event("r", "a", 100, false, "EUR"));
  s.work();
  EXPECT_EQ(events(), "processed, parked: its currency is not that of the payment it names");
  EXPECT_EQ(s.totals(), "100 0");
}

TEST_F(Generic, ACumulativeRefundTellsTheTotalSoFar) {
  send("evt_1", sale_event("a", 1'000, by_link));
  send("evt_2", refund_event("r2", "a", 700, true));
  send("evt_3", refund_event("r1", "a", 300, true));  // told late: contained in the other
  send("evt_4", refund_event("r3", "a", 1'000, true));
  s.work();
  EXPECT_EQ(
      s.cell(
          "select string_agg(amount::text, ' ' order by id) from app.reversals where organization_id = $1"),
      "700 300");
  EXPECT_EQ(s.totals(), "100 -100");
}

TEST_F(Generic, ABodyOverTheLimitIsRefused) {
  const auto body = sale_event("a", 1, fmt::format(R"("plan": "{}")", std::string(256 * 1024, 'x')));
  EXPECT_EQ(send("evt_1", body).status, 413);
  EXPECT_EQ(events(), "");
}

TEST_F(Generic, AnEventOfAnotherEndpointIsAnother) {
  const auto second = s.billing();
  send("evt_1", sale_event("a", 1'000, by_link));
  s.deliver(second, "evt_1", sale_event("b", 2'000, by_link));
  s.work();
  EXPECT_EQ(conversions(), "sale 1000 USD, sale 2000 USD");
}

// ------------------------------------------------------------------ Stripe

struct Stripe : Inbound {
  test::Story::Source stripe = s.stripe();
  int number = 0;
  static std::string event(std::string_view id, std::string_view type, std::string_view object) {
    return fmt::format(
        R"({{"id":"{}","object":"event","api_version":"2025-03-31.basil","created":1773216003,"livemode":false,)"
        R"("type":"{}","data":{{"object":{}}}}})",
        id, type, object);
  }
  void send(std::string_view type, std::string_view object) {
    const auto answer = s.deliver_stripe(stripe, event(fmt::format("evt_{}", ++number), type, object));
    EXPECT_EQ(answer.status, 200) << answer.body;
    s.work();
  }
  static std::string invoice(std::string_view more, std::int64_t paid = 9'900, std::string_view id = "in_1") {
    return fmt::format(
        R"({{"id":"{}","object":"invoice","customer":"cus_1","customer_email":"buyer@example.test","currency":"usd",)"
        R"("amount_paid":{},"total":{},"billing_reason":"subscription_create","status":"paid",)"
        R"("status_transitions":{{"paid_at":1773216000}},"lines":{{"data":[]}}{}{}}})",
        id, paid, paid, more.empty() ? "" : ",", more);
  }
  static std::string charge(std::int64_t refunded, std::string_view more) {
    return fmt::format(
        R"({{"id":"ch_1","object":"charge","amount":9900,"amount_refunded":{},"currency":"usd","payment_intent":"pi_1"{}{}}})",
        refunded, more.empty() ? "" : ",", more);
  }
  static std::string dispute(std::string_view status) {
    return fmt::format(
        R"({{"id":"dp_1","object":"dispute","charge":"ch_1","payment_intent":"pi_1","amount":9900,"currency":"usd","status":"{}"}})",
        status);
  }
};

TEST_F(Stripe, ThePublishedVector) {
  const std::string_view body = R"({"id":"evt_test_1","object":"event"})";
  const http::Pairs headers{
      {"stripe-signature",
       "t=1700000000,v1=29ab30b7065c11b28e53ac114fac5d6c492ed811a12d11ed2c2aad5bb4cf9809"}};
  const auto at = [](int offset) { return Timestamp::from_unix_seconds(1'700'000'000 + offset); };
  const std::vector<std::string> secrets{"whsec_test_secret"};
  EXPECT_EQ(stripe_adapter().verify({headers, body, at(0)}, secrets).value().event_id, "evt_test_1");
  EXPECT_TRUE(stripe_adapter().verify({headers, body, at(300)}, secrets));
  EXPECT_FALSE(stripe_adapter().verify({headers, body, at(301)}, secrets));
  EXPECT_FALSE(stripe_adapter().verify({headers, body, at(-301)}, secrets));
  EXPECT_FALSE(stripe_adapter().verify({headers, body, at(0)}, {"whsec_another"}));
}

TEST_F(Stripe, RotationAndNoise) {
  const auto body = event("evt_1", "ping", R"({"id":"x"})");
  const auto time = std::to_string(Clock::now().unix_seconds());
  const auto hex = [&](std::string_view secret) {
    return to_hex(crypto::hmac_sha256(secret, time + "." + body));
  };
  const auto status = [&](const std::string& header) {
    return s.outside
        .call(Method::post, stripe.path, body,
              {{"content-type", "application/json"}, {"stripe-signature", header}})
        .status;
  };
  const auto ours = hex(stripe.secret);
  EXPECT_EQ(status("t=" + time + ",v1=" + hex("whsec_old") + ",v1=" + ours + ",v0=" + std::string(64, 'a')),
            200);
  EXPECT_EQ(status("t=" + time + ",v0=" + ours), 400) << "v0 is not believed";
  EXPECT_EQ(status("v1=" + ours), 400);
  EXPECT_EQ(status("t=" + time + "x,v1=" + ours), 400);
  EXPECT_EQ(status("t=" + time + ",v1="), 400);
  EXPECT_EQ(status(""), 400);
  // Our side may rotate too: both secrets live for a day.
  const auto id = member(s.app.get("/api/inbound-endpoints?provider=stripe").body, "id");
  ASSERT_EQ(
      s.app.post("/api/inbound-endpoints/" + id + "/secrets", R"({"secret": "whsec_new_secret"})").status,
      201);
  EXPECT_EQ(status("t=" + time + ",v1=" + ours), 200);
  EXPECT_EQ(status("t=" + time + ",v1=" + hex("whsec_new_secret")), 200);
}

TEST_F(Stripe, OldShapeInvoiceRefundsAndCumulation) {
  lead("buyer@example.test", "cus_1");
  send("invoice.paid", invoice(R"("subscription":"sub_1","payment_intent":"pi_1","charge":"ch_1")"));
  EXPECT_EQ(conversions(), "subscription 9900 USD");
  EXPECT_EQ(
      s.cell(
          "select (extract(epoch from occurred_at))::bigint from app.conversions where organization_id = $1"),
      "1773216000");
  send("charge.refunded", charge(1'000, R"("invoice":"in_1")"));
  send("charge.refunded", charge(1'000, R"("invoice":"in_1")"));  // under another event id
  send("charge.refunded", charge(3'000, R"("invoice":"in_1")"));
  EXPECT_EQ(
      s.cell(
          "select string_agg(amount::text, ' ' order by id) from app.reversals where organization_id = $1"),
      "1000 2000");
  EXPECT_EQ(s.totals(), "990 -300");
  EXPECT_EQ(
      s.cell("select string_agg(distinct state, ' ') from app.inbound_events where organization_id = $1"),
      "processed");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Stripe, NewShapeWaitsForTheInvoicePayment) {
  lead("buyer@example.test", "acct_1");
  send("charge.refunded", charge(9'900, ""));  // before its payment
  send("invoice.paid", invoice(R"("parent":{"subscription_details":{"subscription":"sub_1"}})"));
  EXPECT_EQ(earnings(), "pending 990");
  send("invoice_payment.paid",
       R"({"id":"inpay_1","invoice":"in_1","payment":{"type":"payment_intent","payment_intent":"pi_1"}})");
  s.work_later();
  EXPECT_EQ(earnings(), "cancelled 990, cancelled -990");
  EXPECT_EQ(
      s.cell("select string_agg(distinct state, ' ') from app.inbound_events where organization_id = $1"),
      "processed");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Stripe, ADisputeHoldsThenIsLost) {
  lead("buyer@example.test", "cus_1");
  send("invoice.paid", invoice(R"("payment_intent":"pi_1","charge":"ch_1")"));
  send("charge.dispute.created", dispute("needs_response"));
  EXPECT_EQ(earnings(), "held 990");
  send("charge.dispute.closed", dispute("lost"));
  EXPECT_EQ(earnings(), "cancelled 990, cancelled -990");
  EXPECT_EQ(s.cell("select kind from app.reversals where organization_id = $1"), "dispute");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Stripe, ADisputeThatIsWonReleases) {
  lead("buyer@example.test", "cus_1");
  send("invoice.paid", invoice(R"("payment_intent":"pi_1","charge":"ch_1")"));
  send("charge.dispute.closed", dispute("won"));  // disorder
  send("charge.dispute.created", dispute("needs_response"));
  EXPECT_EQ(earnings(), "pending 990");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Stripe, CheckoutOfAPaymentIsASale) {
  lead("buyer@example.test", "acct_1");
  const auto session = [](std::string_view status) {
    return fmt::format(
        R"({{"id":"cs_1","object":"checkout.session","mode":"payment","payment_status":"{}","amount_total":5000,)"
        R"("currency":"usd","customer":"cus_9","client_reference_id":"acct_1","payment_intent":"pi_9",)"
        R"("total_details":{{"amount_tax":0}},"customer_details":{{"email":"other@example.test"}}}})",
        status);
  };
  send("checkout.session.completed", session("unpaid"));
  EXPECT_EQ(conversions(), "") << "not paid yet";
  send("checkout.session.async_payment_succeeded", session("paid"));
  EXPECT_EQ(conversions(), "sale 5000 USD");
  EXPECT_EQ(earnings(), "pending 500");
  // The refund names the payment intent alone.
  send("charge.refunded",
       R"({"id":"ch_9","amount":5000,"amount_refunded":5000,"currency":"usd","payment_intent":"pi_9"})");
  EXPECT_EQ(earnings(), "cancelled 500, cancelled -500");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Stripe, CheckoutOfASubscriptionNamesTheCustomerAndTheInvoiceBringsTheMoney) {
  lead("somebody@example.test", "acct_1");
  send(
      "checkout.session.completed",
      R"({"id":"cs_1","object":"checkout.session","mode":"subscription","payment_status":"paid","amount_total":9900,
           "currency":"usd","customer":"cus_1","client_reference_id":"acct_1","subscription":"sub_1"})");
  EXPECT_EQ(conversions(), "");
  send("invoice.paid", invoice(R"("parent":{"subscription_details":{"subscription":"sub_1"}})"));
  EXPECT_EQ(conversions(), "subscription 9900 USD") << "found by the customer, whose e-mail is unknown";
  EXPECT_EQ(earnings(), "pending 990");
}

TEST_F(Stripe, NothingPaidIsNoSaleAndUnknownTypesAreIgnored) {
  lead("buyer@example.test", "cus_1");
  send("invoice.paid", invoice("", 0));
  send("invoice.payment_failed", R"({"id":"in_2","attempt_count":1})");
  send("balance.available", R"({"object":"balance","available":[]})");
  EXPECT_EQ(conversions(), "");
  EXPECT_EQ(
      s.cell("select string_agg(distinct state, ' ') from app.inbound_events where organization_id = $1"),
      "processed");
}

TEST_F(Stripe, ZeroDecimalCurrenciesAreWhole) {
  lead("buyer@example.test", "cus_1");
  auto yen = invoice("", 1'000);
  yen.replace(yen.find("\"usd\""), 5, "\"jpy\"");
  send("invoice.paid", yen);
  EXPECT_EQ(
      s.cell("select exact_amount::int || ' ' || currency from app.conversions where organization_id = $1"),
      "1000 JPY");
  EXPECT_EQ(s.totals(), "100 0");
}

}  // namespace
}  // namespace tandem::attribution
