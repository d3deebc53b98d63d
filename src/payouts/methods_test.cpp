#include "payouts/methods.hpp"

#include <gtest/gtest.h>

#include "mail/mail.hpp"
#include "payouts/module.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::payouts {
namespace {

using http::Method;
using test::member;

constexpr std::string_view kIban = "DE89370400440532013000";

struct Methods : testing::Test {
  test::FeatureFixture f;
  PartnerId id = f.partner(), other = f.partner();
  test::TestApp app{f, declare}, partner{f, declare};
  std::string path = "/api/partners/" + id.str() + "/payout-methods";

  Methods() {
    jobs::Kinds::instance().clear();
    jobs::Kinds::instance().add(mail::send_job());
    partner.principal.scope = f.partner(id);
  }
  static std::string sepa(std::string_view iban = kIban) {
    return fmt::format(R"({{"rail":"sepa","currency":"EUR","holder_name":"Agence Exemple","account":"{}"}})",
                       iban);
  }
  std::string count(const std::string& what) {
    return f.peek("select count(*) from " + what, {f.organization_id.str()}).value();
  }
};

TEST_F(Methods, AreSealedShownByTheirLastFourAndRevealedIntoTheAudit) {
  const auto made = partner.post(path, sepa("DE89 3704 0044 0532 0130 00"));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(member(made.body, "account_hint"), "…3000");
  EXPECT_EQ(made.body.find("0532013000"), std::string::npos);
  EXPECT_EQ(count("app.payout_methods where organization_id = $1 and position('0532'::bytea in account) > 0"),
            "0");
  const std::string method = "/api/payout-methods/" + member(made.body, "id");
  const auto whole = app.get(method + "/account");
  EXPECT_EQ(member(whole.body, "account"), kIban);
  EXPECT_EQ(count("app.audit where organization_id = $1 and action = 'reveal_payout_account'"), "1");
  EXPECT_EQ(count("app.idempotency where organization_id = $1 and body::text like '%0532013000%'"), "0")
      << "no answer that is kept has the account";
}

TEST_F(Methods, ANewOneReplacesTheOldCoolsDownAndIsToldToThePartner) {
  ASSERT_EQ(app.send(Method::post, path, sepa()).status, 201);
  f.database.admin().exec(
      fmt::format("update app.partners set contact_email = 'owner@example.com', locale = 'ru' "
                  "where id = '{}'",
                  id.str()));
  const auto second = partner.post(path, sepa("FR1420041010050500013M02606"));
  ASSERT_EQ(second.status, 201) << second.body;
  EXPECT_EQ(member(second.body, "state"), "active");
  const auto usable = Timestamp::parse(member(second.body, "usable_at")).value();
  const auto created = Timestamp::parse(member(second.body, "created_at")).value();
  EXPECT_NEAR(std::chrono::duration<double>(usable - created).count(), 72.0 * 3600, 60);
  EXPECT_EQ(test::items(app.get("/api/payout-methods?state=active&partner_id=" + id.str()).body), 1);
  EXPECT_EQ(test::items(app.get("/api/payout-methods?state=replaced&partner_id=" + id.str()).body), 1);
  EXPECT_EQ(count("app.mails where organization_id = $1"), "1");
  EXPECT_EQ(count("app.outbox where organization_id = $1 and kind = 'payout_method.created'"), "2");
  const std::string method = "/api/payout-methods/" + member(second.body, "id");
  EXPECT_EQ(member(partner.post(method + "/removal").body, "state"), "removed");
  EXPECT_EQ(partner.post(method + "/removal").code(), "state");
}

TEST_F(Methods, OneACurrencyIsActive) {
  ASSERT_EQ(app.post(path, sepa()).status, 201);
  const auto dollars = app.post(
      path,
      R"({"rail":"paypal","currency":"USD","holder_name":"Agence Exemple","account":"pay@example.com"})");
  ASSERT_EQ(dollars.status, 201) << dollars.body;
  EXPECT_EQ(member(dollars.body, "account_hint"), "p…@example.com");
  EXPECT_EQ(test::items(app.get("/api/payout-methods?state=active").body), 2);
}

TEST_F(Methods, ARepeatedCallMakesOne) {
  const http::Pairs headers{{"content-type", "application/json"}, {"idempotency-key", "method-1"}};
  const auto first = app.call(Method::post, path, sepa(), headers);
  const auto again = app.call(Method::post, path, sepa(), headers);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(count("app.payout_methods where organization_id = $1"), "1");
}

TEST_F(Methods, BelongToTheirPartner) {
  const auto made = app.post("/api/partners/" + other.str() + "/payout-methods", sepa());
  const std::string foreign = "/api/payout-methods/" + member(made.body, "id");
  const std::string unknown = "/api/payout-methods/" + new_uuid().str();
  for (const char* tail : {"", "/account"}) {
    EXPECT_EQ(partner.get(foreign + tail).status, 404);
    EXPECT_EQ(test::without_request_id(partner.get(foreign + tail)),
              test::without_request_id(partner.get(unknown + tail)));
  }
  EXPECT_EQ(partner.post(foreign + "/removal").status, 404);
  EXPECT_EQ(partner.post("/api/partners/" + other.str() + "/payout-methods", sepa()).status, 404);
  EXPECT_EQ(test::items(partner.get("/api/payout-methods").body), 0);
}

TEST_F(Methods, BadInputIsNamed) {
  const auto with = [](std::string_view rail, std::string_view currency, std::string_view account,
                       std::string_view more = "") {
    return fmt::format(R"({{"rail":"{}","currency":"{}","holder_name":"A","account":"{}"{}}})", rail,
                       currency, account, more);
  };
  test::expect_refused(
      app,
      {
          {Method::post, path, sepa("DE89370400440532013001"), 422, "invalid", "/account", "malformed"},
          {Method::post, path, with("sepa", "USD", kIban), 422, "invalid", "/currency"},
          {Method::post, path, with("sepa", "EUR", kIban, R"(,"bic":"12345678")"), 422, "invalid", "/bic"},
          {Method::post, path, with("paypal", "EUR", "no-address"), 422, "invalid", "/account"},
          {Method::post, path, with("stripe", "EUR", "cus_123"), 422, "invalid", "/account"},
          {Method::post, path, with("cash", "EUR", "12345"), 422, "invalid", "/rail"},
          {Method::post, path, with("bank", "UZS", "123456", R"(,"country":"UZ")"), 422, "invalid",
           "/account"},
          {Method::post, path, R"({"rail":"sepa"})", 422, "invalid", "/account", "required"},
          {Method::post, "/api/partners/" + new_uuid().str() + "/payout-methods", sepa(), 404, "not_found"},
      });
}

struct Forms : Methods {
  std::string forms = "/api/partners/" + id.str() + "/payee-forms";
  static constexpr std::string_view kForm =
      R"({"kind":"business","legal_name":"Agence Exemple SARL","country":"FR","tax_form":"w8bene","tax_id":"FR123456789"})";
};

TEST_F(Forms, AreApprovedBySomebodyElseUntilADay) {
  const auto made = partner.post(forms, std::string(kForm));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(member(made.body, "state"), "pending");
  EXPECT_EQ(member(made.body, "tax_id_hint"), "…6789");
  const std::string form = "/api/payee-forms/" + member(made.body, "id");
  EXPECT_EQ(partner.post(form + "/approval", "{}").status, 403);
  const auto approved = app.post(form + "/approval", "{}");
  EXPECT_EQ(member(approved.body, "state"), "approved") << approved.body;
  EXPECT_TRUE(member(approved.body, "expires_on").ends_with("-12-31"))
      << "a W-8 ends with the third year after";
  EXPECT_EQ(app.post(form + "/rejection", R"({"reason":"Blurred"})").code(), "state");
  EXPECT_EQ(member(app.get(form + "/tax-id").body, "tax_id"), "FR123456789");
  EXPECT_EQ(count("app.audit where organization_id = $1 and action = 'reveal_tax_id'"), "1");
  f.database.admin().exec("update app.payee_forms set expires_on = '2020-01-01' where organization_id = '" +
                          f.organization_id.str() + "'");
  EXPECT_EQ(member(app.get(form).body, "state"), "expired");
  EXPECT_EQ(test::items(app.get("/api/payee-forms?state=expired").body), 1);
  EXPECT_EQ(test::items(app.get("/api/payee-forms?state=approved").body), 0);
}

TEST_F(Forms, AreNotApprovedByWhoSentThem) {
  const auto made = app.post(forms, std::string(kForm));
  const std::string form = "/api/payee-forms/" + member(made.body, "id");
  const auto refused = app.post(form + "/approval", "{}");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "same_person");
  app.principal.scope.actor_id = ActorId{new_uuid()};
  const auto rejected = app.post(form + "/rejection", R"({"reason":"Blurred"})");
  EXPECT_EQ(member(rejected.body, "state"), "rejected") << rejected.body;
  EXPECT_EQ(member(rejected.body, "state_reason"), "Blurred");
}

TEST_F(Forms, BadInputIsNamed) {
  test::expect_refused(
      app, {
               {Method::post, forms, R"({"kind":"business"})", 422, "invalid", "/legal_name", "required"},
               {Method::post, forms, R"({"kind":"x","legal_name":"A","country":"FR","tax_form":"w9"})", 422,
                "invalid", "/kind"},
               {Method::post, "/api/payee-forms/" + new_uuid().str() + "/approval", "{}", 404, "not_found"},
               {Method::post, "/api/payee-forms/" + new_uuid().str() + "/approval",
                R"({"expires_on":"2020-01-01"})", 422, "invalid", "/expires_on"},
           });
  EXPECT_EQ(partner.post("/api/partners/" + other.str() + "/payee-forms", std::string(kForm)).status, 404);
}

}  // namespace
}  // namespace tandem::payouts
