// Payouts over the providers' emulators: their flows, refusals and messages; lost answers and crashes, after
// which nothing is paid twice.
#include "payouts/rails.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "net/client.hpp"
#include "support/payout_emulators.hpp"
#include "support/payout_story.hpp"

namespace tandem::payouts {
namespace {

using http::Method;
using test::member;

struct Rails : testing::Test {
  test::PayoutStory s;
  test::PayPalEmulator paypal{s.io.get_executor()};
  test::WiseEmulator wise{s.io.get_executor()};
  test::StripeEmulator stripe{s.io.get_executor()};

  void SetUp() override {
    net::Policy policy;
    policy.allowed = {net::Network::parse("127.0.0.0/8").value()};
    net::set_policy(std::move(policy));
    s.tx(s.system, db::Role::write, [&](db::Tx& tx) -> Task<> {
      EXPECT_TRUE(co_await identity::claim_code(tx, identity::CodeKind::organization, s.slug,
                                                s.organization_id.uuid()));
    });
    set_rail_urls({paypal.base_url(), wise.base_url(), stripe.base_url()});
  }
  void TearDown() override { net::set_policy({}); }

  void account(const std::string& body) {
    const auto answer = s.as(s.anna).post("/api/rail-accounts", body);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body.find("secret-of"), std::string::npos);
  }
  void with_paypal() {
    account(
        fmt::format(R"({{"rail":"paypal","client_id":"client","secret":"client-secret","webhook_key":"{}"}})",
                    paypal.webhook_id));
  }
  void with_stripe() {
    account(R"({"rail":"stripe","secret":"sk_test_emulated","webhook_key":"whsec_of_the_emulator"})");
  }
  void with_wise() {
    std::string key;
    json::print_string(wise.key.public_pem(), key);
    account(fmt::format(R"({{"rail":"wise","secret":"wise-token","profile":"101","webhook_key":{}}})", key));
  }
  std::string external(PartnerId id) {
    return s
        .peek(
            "select coalesce(external_id, '') from app.payouts where organization_id = $1 and id = $2::uuid",
            {s.organization_id.str(), s.payout_of(id)})
        .value();
  }
};

TEST_F(Rails, AnUnreadyRailRefusesTheRun) {
  const auto partner = s.payee(1'000, "stripe", "acct_1");
  const std::string path = "/api/payout-runs/" + member(s.draft({partner}).body, "id");
  s.as(s.boris).post(path + "/approval");
  EXPECT_EQ(s.as(s.anna).post(path + "/submission").code(), "rail_not_ready");
  EXPECT_EQ(s.payout_state(partner), "approved");
}

TEST_F(Rails, StripePaysAtOnce) {
  with_stripe();
  const auto fine = s.payee(1'000, "stripe", "acct_1"), gone = s.payee(2'000, "stripe", "acct_gone"),
             gated = s.payee(3'000, "stripe", "acct_gated");
  stripe.missing.insert("acct_gone");
  stripe.incapable.insert("acct_gated");
  const auto run = s.sent({fine, gone, gated});
  EXPECT_EQ(member(s.app.get(run).body, "state"), "submitting");
  s.work();
  EXPECT_EQ(s.payout_state(fine), "paid");
  EXPECT_EQ(s.payout_state(gone), "failed");
  EXPECT_EQ(s.payout_state(gated), "failed");
  EXPECT_EQ(member(s.app.get(run).body, "state"), "partially_settled");
  EXPECT_EQ(s.states(gone), "due");
  EXPECT_EQ(stripe.transfers.size(), 1U);
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Rails, ALostAnswerIsLookedUpAndNotSentAgain) {
  with_stripe();
  const auto partner = s.payee(1'000, "stripe", "acct_1");
  stripe.faults = {{.call = "POST /v1/transfers", .status = 0, .is_after = true}};
  s.sent({partner});
  s.work();
  EXPECT_EQ(s.payout_state(partner), "submitting") << "nobody knows";
  EXPECT_EQ(stripe.transfers.size(), 1U);
  s.work_later();
  EXPECT_EQ(s.payout_state(partner), "paid");
  EXPECT_EQ(stripe.transfers.size(), 1U);
  EXPECT_EQ(stripe.calls("POST /v1/transfers"), 1) << "looked up, not sent again";
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Rails, WhatNeverArrivedIsSentAgain) {
  with_stripe();
  const auto partner = s.payee(1'000, "stripe", "acct_1");
  stripe.faults = {{.call = "POST /v1/transfers", .status = 503}};
  s.sent({partner});
  s.work();
  EXPECT_EQ(s.payout_state(partner), "submitting");
  s.work_later();
  EXPECT_EQ(s.payout_state(partner), "paid");
  EXPECT_EQ(stripe.transfers.size(), 1U);
}

TEST_F(Rails, ACrashBetweenSendingAndTheAnswerPaysOnce) {
  with_stripe();
  const auto partner = s.payee(1'000, "stripe", "acct_1");
  s.sent({partner});
  // What a process did that died there: it wrote that it begins, and called; what it heard is lost.
  const auto id = PayoutId::parse(s.payout_of(partner)).value();
  s.database.admin().exec(
      fmt::format("update app.payouts set attempts = 1, submitted_at = now() where id = '{}'", id.str()));
  RailAccount key;
  key.rail = Rail::stripe;
  key.secret = "sk_test_emulated";
  const auto client = client_of(std::move(key));
  Instruction to;
  to.id = id;
  to.amount = {1'000, Currency::parse("USD").value()};
  to.account = "acct_1";
  EXPECT_EQ(s.run(client->send(to)).kind, RailAnswer::Kind::outcome);
  s.work();
  EXPECT_EQ(s.payout_state(partner), "paid");
  EXPECT_EQ(stripe.transfers.size(), 1U);
  EXPECT_EQ(stripe.calls("POST /v1/transfers"), 1) << "looked up, not sent again";
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Rails, PayPalSettlesLaterAndItemByItem) {
  with_paypal();
  const auto fine = s.payee(14'275, "paypal", "fine@example.com"),
             denied = s.payee(100, "paypal", "denied@example.com"),
             slow = s.payee(200, "paypal", "slow@example.com");
  paypal.denied.insert("denied@example.com");
  paypal.status_of["slow@example.com"] = "UNCLAIMED";
  const auto run = s.sent({fine, denied, slow});
  s.work();
  EXPECT_EQ(s.payout_state(fine), "submitted");
  paypal.tokens.clear();  // they end
  s.work_later();
  EXPECT_EQ(s.payout_state(fine), "paid");
  EXPECT_EQ(s.payout_state(denied), "failed");
  EXPECT_EQ(s.payout_state(slow), "unclaimed");
  EXPECT_EQ(member(s.app.get(run).body, "state"), "submitted");
  EXPECT_NE(s.app.get("/api/payouts/" + s.payout_of(fine)).body.find(R"("fee":25)"), std::string::npos);
  paypal.return_unclaimed();
  s.work_later();
  EXPECT_EQ(s.payout_state(slow), "returned");
  EXPECT_EQ(s.states(slow), "due");
  EXPECT_EQ(member(s.app.get(run).body, "state"), "partially_settled");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Rails, ARepeatedBatchOfPayPalIsTheFirst) {
  with_paypal();
  const auto partner = s.payee(1'000, "paypal", "fine@example.com");
  paypal.faults = {{.call = "POST /v1/payments/payouts", .status = 504, .is_after = true}};
  s.sent({partner});
  s.work();
  EXPECT_EQ(s.payout_state(partner), "submitting");
  s.work_later();
  EXPECT_EQ(s.payout_state(partner), "submitted");
  EXPECT_EQ(paypal.batches.size(), 1U);
  s.work_later();
  EXPECT_EQ(s.payout_state(partner), "paid");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Rails, PayPalsMessagesAreCheckedAndAskedAfter) {
  with_paypal();
  const auto partner = s.payee(1'000, "paypal", "fine@example.com");
  s.sent({partner});
  s.work();
  s.work_later();
  ASSERT_EQ(s.payout_state(partner), "paid");
  paypal.status_of["fine@example.com"] = "RETURNED";
  const std::string address = "/api/payout-webhooks/" + s.slug + "/paypal";
  auto [body, headers] = paypal.message(paypal.batches.begin()->first, "WH-1");
  EXPECT_EQ(s.outside.call(Method::post, address, body + " ", headers).status, 400) << "another body";
  EXPECT_EQ(s.payout_state(partner), "paid");
  EXPECT_EQ(s.outside.call(Method::post, address, body, headers).status, 200);
  EXPECT_EQ(s.outside.call(Method::post, address, body, headers).status, 200);
  s.work();
  EXPECT_EQ(s.payout_state(partner), "returned");
  EXPECT_EQ(s.cell("select count(*) from app.jobs where organization_id = $1 and dedupe_key = 'paypal:WH-1'"),
            "1");
  EXPECT_EQ(s.states(partner), "due");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Rails, PayPalsCertificateSavesAskingIt) {
  with_paypal();
  const auto partner = s.payee(1'000, "paypal", "fine@example.com");
  s.sent({partner});
  s.work();
  s.work_later();
  paypal.status_of["fine@example.com"] = "RETURNED";
  const std::string address = "/api/payout-webhooks/" + s.slug + "/paypal";
  const std::string batch = paypal.batches.begin()->first;
  const auto asked = [&] { return paypal.calls("POST /v1/notifications/verify-webhook-signature"); };
  const auto send = [&](const std::string& id, bool is_forged = false) {
    const auto [body, headers] = paypal.message(batch, id);
    return s.outside.call(Method::post, address, is_forged ? body + " " : body, headers).status;
  };
  const std::string file = (std::filesystem::temp_directory_path() / (new_uuid().str() + ".pem")).string();
  std::ofstream(file) << paypal.authority.certificate();
  auto policy = net::policy();
  EXPECT_EQ(send("WH-1"), 200);
  EXPECT_EQ(asked(), 1) << "its authority is nobody whom we trust: PayPal is asked";
  policy.authorities_file = file;
  net::set_policy(policy);
  EXPECT_EQ(send("WH-2"), 200);
  EXPECT_EQ(send("WH-2"), 200);
  EXPECT_EQ(asked(), 1) << "nobody is asked";
  EXPECT_EQ(paypal.calls("GET /v1/notifications/certs/CERT-WH-2"), 1) << "kept";
  EXPECT_EQ(send("WH-3", true), 400) << "another body";
  EXPECT_EQ(asked(), 2);
  paypal.has_certificate = false;
  EXPECT_EQ(send("WH-4"), 200);
  EXPECT_EQ(asked(), 3) << "without a certificate PayPal is asked";
  auto [body, headers] = paypal.message(batch, "WH-2");
  for (auto& [name, value] : headers)
    if (name == "paypal-cert-url") value = "https://paypal.com.example/" + value;
  EXPECT_EQ(s.outside.call(Method::post, address, body, headers).status, 200);
  EXPECT_EQ(asked(), 4) << "a certificate from elsewhere says nothing";
  std::filesystem::remove(file);
  s.work();
  EXPECT_EQ(s.payout_state(partner), "returned");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Rails, PayPalTakesWholeForintsAlone) {
  RailAccount account;
  account.rail = Rail::paypal;
  account.client_id = "client";
  account.secret = "client-secret";
  const auto client = client_of(account);
  const auto send = [&](std::int64_t amount, std::string_view currency) {
    Instruction to;
    to.id = PayoutId{new_uuid()};
    to.reference = to.id.str();
    to.amount = {amount, Currency::parse(currency).value()};
    to.account = "fine@example.com";
    auto answer = s.run(client->send(to));
    if (answer.outcome.state != PayoutState::submitted) return answer.outcome.reason.value_or("?");
    to.external_batch_id = answer.outcome.external_batch_id.value();
    EXPECT_EQ(s.run(client->look_up(to)).outcome.state, PayoutState::paid);
    return paypal.batches.at("po_" + to.reference).value;
  };
  EXPECT_EQ(send(14'200, "HUF"), "142");
  EXPECT_EQ(send(14'200, "TWD"), "142");
  EXPECT_EQ(send(14'200, "JPY"), "14200");
  EXPECT_EQ(send(14'250, "USD"), "142.50");
  EXPECT_EQ(paypal.batches.size(), 4U);
  EXPECT_EQ(send(14'250, "HUF"), "not_whole");
  EXPECT_EQ(send(1, "TWD"), "not_whole");
  EXPECT_EQ(paypal.batches.size(), 4U) << "nothing was sent";
}

TEST_F(Rails, WiseIsFundedOnceAndMayBounce) {
  with_wise();
  const auto partner = s.payee(10'050, "wise", "FR1420041010050500013M02606");
  wise.faults = {{.call = "POST /v3/profiles/101/transfers", .status = 0, .is_after = true}};
  s.sent({partner});
  s.work();
  EXPECT_EQ(s.payout_state(partner), "submitting") << "the answer to the payment was lost";
  EXPECT_EQ(wise.funded, 1);
  s.work_later();
  EXPECT_EQ(s.payout_state(partner), "submitted");
  EXPECT_EQ(wise.funded, 1);
  EXPECT_EQ(wise.transfers.size(), 1U);
  const auto id = wise.transfers.begin()->second.id;
  EXPECT_EQ(external(partner), std::to_string(id));
  wise.set_status(id, "outgoing_payment_sent");
  s.work_later();
  EXPECT_EQ(s.payout_state(partner), "paid");

  wise.set_status(id, "bounced_back");
  const std::string address = "/api/payout-webhooks/" + s.slug + "/wise";
  const std::string body = fmt::format(
      R"({{"event_type":"transfers#state-change","data":{{"resource":{{"type":"transfer","id":{}}},)"
      R"("current_state":"bounced_back","occurred_at":"2026-04-30T09:30:00Z"}}}})",
      id);
  EXPECT_EQ(
      s.outside.call(Method::post, address, body, {{"x-signature-sha256", wise.key.sign("other")}}).status,
      400);
  const http::Pairs headers{{"x-signature-sha256", wise.key.sign(body)}};
  EXPECT_EQ(s.outside.call(Method::post, address, body, headers).status, 200);
  EXPECT_EQ(s.outside.call(Method::post, address, body, headers).status, 200);
  s.work();
  EXPECT_EQ(s.payout_state(partner), "returned");
  EXPECT_EQ(s.states(partner), "due");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Rails, WiseWithoutFundsOrWithAnEndedQuotePaysNothing) {
  with_wise();
  const auto poor = s.payee(1'000, "wise", "FR1420041010050500013M02606");
  wise.has_funds = false;
  s.sent({poor});
  s.work();
  EXPECT_EQ(s.payout_state(poor), "failed");
  EXPECT_EQ(wise.transfers.begin()->second.status, "cancelled");
  wise.has_funds = true;
  wise.quotes_expire = true;
  const auto late = s.payee(2'000, "wise", "FR1420041010050500013M02606");
  s.sent({late});
  s.work();
  EXPECT_EQ(s.payout_state(late), "failed");
  EXPECT_EQ(wise.funded, 0);
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Rails, StripesMessagesAreChecked) {
  with_stripe();
  const auto partner = s.payee(1'000, "stripe", "acct_1");
  s.sent({partner});
  s.work();
  ASSERT_EQ(s.payout_state(partner), "paid");
  stripe.transfers.front().is_reversed = true;
  const std::string address = "/api/payout-webhooks/" + s.slug + "/stripe";
  const std::string body = fmt::format(
      R"({{"id":"evt_1","type":"transfer.reversed","data":{{"object":{{"id":"tr_1","transfer_group":"{}"}}}}}})",
      s.payout_of(partner));
  const auto signed_at = [&](std::int64_t seconds) {
    const auto time = std::to_string(seconds);
    return http::Pairs{
        {"stripe-signature",
         "t=" + time + ",v1=" + to_hex(crypto::hmac_sha256("whsec_of_the_emulator", time + "." + body))}};
  };
  const auto now = Clock::now().unix_seconds();
  EXPECT_EQ(s.outside.call(Method::post, address, body, signed_at(now - 400)).status, 400) << "too old";
  EXPECT_EQ(s.outside.call(Method::post, address, body, {}).status, 400);
  EXPECT_EQ(s.outside.call(Method::post, address, body, signed_at(now)).status, 200);
  s.work();
  EXPECT_EQ(s.payout_state(partner), "returned");
  EXPECT_EQ(s.differences(), "");
}

TEST_F(Rails, SecretsAreSealedAndNotShown) {
  account(R"({"rail":"sepa","payer_name":"Example GmbH","payer_account":"DE89 3704 0044 0532 0130 00"})");
  with_stripe();
  const auto list = s.app.get("/api/rail-accounts").body;
  EXPECT_NE(list.find(R"("payer_account_hint":"…3000")"), std::string::npos) << list;
  EXPECT_EQ(list.find("sk_test"), std::string::npos);
  EXPECT_EQ(
      s.cell(
          "select count(*) from app.rail_accounts where organization_id = $1 and (position('sk_test'::bytea in "
          "secret) > 0 or position('0532'::bytea in payer_account) > 0)"),
      "0");
  EXPECT_EQ(s.as(s.anna).post("/api/rail-accounts", R"({"rail":"sepa","payer_account":"DE00"})").status, 422);
}

TEST_F(Rails, TheBanksFileGoesOutAndItsAnswersComeIn) {
  const auto one = s.payee(1'050), two = s.payee(2'000);
  const auto run = s.sent({one, two});
  const auto out = s.app.get(run + "/bank.csv");
  EXPECT_EQ(out.status, 200) << out.body;
  EXPECT_NE(out.body.find(R"("1234567890","","","","10.50","USD")"), std::string::npos) << out.body;
  EXPECT_EQ(
      s.cell("select count(*) from app.audit where organization_id = $1 and action = 'download_bank_csv'"),
      "1");
  const auto send = [&](const std::string& body) {
    return s.as(s.boris).call(Method::post, run + "/bank-results", body,
                              {{"content-type", "text/csv"}, {"idempotency-key", new_uuid().str()}});
  };
  const std::string file = "payout_id,status,bank_reference,executed_on,failure_reason\n" + s.payout_of(one) +
                           ",paid,B-1,2026-04-01,\n" + s.payout_of(two) + ",failed,,,AC04\nnobody,paid,,,\n";
  EXPECT_EQ(
      send(file).body,
      R"({"paid":1,"failed":1,"returned":0,"pending":0,"unchanged":0,"not_found":["nobody"],"different":[]})");
  EXPECT_EQ(
      send(file).body,
      R"({"paid":0,"failed":0,"returned":0,"pending":0,"unchanged":2,"not_found":["nobody"],"different":[]})");
  EXPECT_EQ(s.payout_state(one), "paid");
  EXPECT_EQ(s.payout_state(two), "failed");
  EXPECT_EQ(send("a,b\n").code(), "bad_file");
  EXPECT_EQ(send(s.payout_of(one) + ",lost,,,\n").code(), "bad_file");
  EXPECT_EQ(s.differences(), "");
}

}  // namespace
}  // namespace tandem::payouts
