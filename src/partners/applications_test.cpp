#include "partners/applications.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "crypto/installation.hpp"
#include "crypto/signed_id.hpp"
#include "http/address_limit.hpp"
#include "identity/api.hpp"
#include "partners/module.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::partners {
namespace {

using http::Method;
using test::member;

ApprovalCondition condition(ApprovalField field, ApprovalOperator op, std::vector<std::string> values = {}) {
  ApprovalCondition out{field, op, std::nullopt};
  for (const auto& value : values) {
    if (!out.values) out.values.emplace();
    out.values->push_back(Text<1, 120>::parse(value).value());
  }
  return out;
}

TEST(ApprovalRule, AllConditionsMustHold) {
  using F = ApprovalField;
  using O = ApprovalOperator;
  Apply who;
  who.contact_email = Email::parse("Ann@Agency.Example").value();
  who.country = Country::parse("UZ").value();
  who.website = Url::parse("https://WWW.agency.example:8443/about").value();
  const auto holds = [&](std::vector<ApprovalCondition> rule) { return is_let_in(rule, who); };
  EXPECT_TRUE(holds({}));
  EXPECT_TRUE(holds(
      {condition(F::country, O::in, {"uz", "kz"}), condition(F::email_domain, O::in, {"agency.example"})}));
  EXPECT_FALSE(holds(
      {condition(F::country, O::in, {"uz"}), condition(F::email_domain, O::not_in, {"agency.example"})}));
  EXPECT_TRUE(holds({condition(F::website_domain, O::in, {"agency.example"})}));
  EXPECT_TRUE(holds({condition(F::kind, O::in, {"affiliate"})})) << "affiliate unless told";
  who.website.reset();
  who.country.reset();
  EXPECT_FALSE(holds({condition(F::website_domain, O::is_given)}));
  EXPECT_FALSE(holds({condition(F::country, O::in, {"uz"})}));
  EXPECT_TRUE(holds({condition(F::country, O::not_in, {"uz"})}));
}

struct Applications : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare};
  std::string form = "/api/applications/" + f.slug;

  Applications() {
    jobs::Kinds::instance().clear();
    register_jobs();
    http::AddressLimit::clear_all();
    f.tx(db::Role::write, [&](db::Tx& tx) -> Task<> {
      co_await identity::claim_code(tx, identity::CodeKind::organization, f.slug, f.organization_id.uuid());
    });
    app.send(Method::put, "/api/application-form",
             R"({"is_open": true, "criteria": "Travel only", "questions": [
      {"key": "size", "label": "How many trips a year?", "kind": "choice", "is_required": true,
       "options": ["1-10", "more"]}],
      "approves_when": [{"field": "country", "op": "in", "values": ["UZ"]}]})");
  }
  /// A form that was opened so long ago.
  static std::string token(std::chrono::seconds age = std::chrono::minutes{1}) {
    return crypto::IdSigner(crypto::installed_envelope().key_for("partner-application"))
        .sign(Uuid::v7((Clock::now() - age).unix_ms(), {1, 2, 3, ++number, 5, 6, 7, 8, 9, 10}));
  }
  static std::uint8_t number;
  static std::string body(const std::string& token, std::string_view email, std::string_view more = "") {
    return fmt::format(
        R"({{"token": "{}", "name": "Grand", "contact_name": "Ann", "contact_email": "{}",
            "answers": [{{"key": "size", "value": "more"}}]{}}})",
        token, email, more);
  }
  void run_jobs() {
    std::vector<jobs::Job> jobs;
    const auto ids = f.peek(
        "select string_agg(id::text, ',') from app.jobs "
        "where organization_id = $1 and state = 'due'",
        {f.organization_id.str()});
    for (std::string_view rest = ids ? std::string_view(*ids) : ""; rest.size() >= 36;
         rest.remove_prefix(std::min<std::size_t>(37, rest.size())))
      jobs.push_back({jobs::JobId::parse(rest.substr(0, 36)).value(), "{}", 1});
    f.tx(f.system, db::Role::write,
         [&](db::Tx& tx) -> Task<> { co_await take_applications_job().run(tx, jobs); });
    f.peek("update app.jobs set state = 'done' where organization_id = $1 returning 1",
           {f.organization_id.str()});
  }
};
std::uint8_t Applications::number = 0;

TEST_F(Applications, AnApplicantBecomesAPartnerThatStaffDecideOn) {
  const auto opened = app.get(form);
  ASSERT_EQ(opened.status, 200) << opened.body;
  EXPECT_EQ(member(opened.body, "criteria"), "Travel only");
  EXPECT_EQ(opened.body.find("approves_when"), std::string::npos) << "the rule is not told";
  const auto mine = token();
  const auto applied = app.post(form, body(mine, "ann@grand.example", R"(, "country": "GB")"));
  ASSERT_EQ(applied.status, 202) << applied.body;
  const std::string status = form + "/status/" + mine;
  EXPECT_EQ(app.get(status).body, R"({"state":"received","reason":null})");
  run_jobs();
  EXPECT_EQ(app.get(status).body, R"({"state":"received","reason":null})");
  const auto partners = app.get("/api/partners?q=ann@grand.example");
  EXPECT_EQ(test::items(partners.body), 1);
  EXPECT_EQ(member(partners.body, "state"), "applied");
  const auto list =
      app.get("/api/partner-applications?state=taken&partner_id=" + member(partners.body, "id"));
  EXPECT_EQ(test::items(list.body), 1) << list.body;
  EXPECT_NE(list.body.find(R"("answers":[{"key":"size","value":"more"}])"), std::string::npos) << list.body;
  app.post("/api/partners/" + member(partners.body, "id") + "/rejection", R"({"reason": "Not now"})");
  EXPECT_EQ(app.get(status).body, R"({"state":"rejected","reason":"Not now"})");
}

TEST_F(Applications, TheRuleLetsIn) {
  const auto mine = token();
  app.post(form, body(mine, "aziza@grand.example", R"(, "country": "UZ")"));
  run_jobs();
  EXPECT_EQ(member(app.get("/api/partners?q=aziza").body, "state"), "active");
  EXPECT_EQ(app.get(form + "/status/" + mine).body, R"({"state":"approved","reason":null})");
}

TEST_F(Applications, AKnownEmailIsAnsweredLikeAnyOther) {
  const auto first = token(), second = token(), third = token();
  const auto one = app.post(form, body(first, "ann@grand.example"));
  run_jobs();
  const auto two = app.post(form, body(second, "ANN@grand.example"));
  EXPECT_EQ(two.status, one.status);
  EXPECT_EQ(two.body.size(), one.body.size());
  run_jobs();
  EXPECT_EQ(test::items(app.get("/api/partners").body), 1);
  EXPECT_EQ(test::items(app.get("/api/partner-applications?state=duplicate").body), 1);
  EXPECT_EQ(app.get(form + "/status/" + second).body, app.get(form + "/status/" + third).body);
}

TEST_F(Applications, ATokenIsUsedOnce) {
  const auto mine = token();
  app.post(form, body(mine, "ann@grand.example"));
  EXPECT_EQ(app.post(form, body(mine, "ann@grand.example")).status, 202);
  run_jobs();
  EXPECT_EQ(app.post(form, body(mine, "bob@grand.example")).status, 202);
  run_jobs();
  EXPECT_EQ(test::items(app.get("/api/partners").body), 1);
}

TEST_F(Applications, MachinesAreAnsweredAndForgotten) {
  EXPECT_EQ(app.post(form, body(token(std::chrono::seconds{0}), "bot@grand.example")).status, 202);
  EXPECT_EQ(app.post(form, body(token(), "bot@grand.example", R"(, "fax": "1")")).status, 202);
  EXPECT_EQ(f.peek("select count(*) from app.partner_applications where organization_id = $1",
                   {f.organization_id.str()}),
            "0");
}

TEST_F(Applications, OneAddressSendsTenInTenMinutesAndMistakesAreNotCounted) {
  const auto send = [&](std::string_view more = "") {
    return app.send(Method::post, form, body(token(), "a@b.example", more)).status;
  };
  for (int i = 0; i < 20; ++i) EXPECT_EQ(send(R"(, "state": "active")"), 422);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(send(), 202) << i;
  EXPECT_EQ(send(), 429);
}

TEST_F(Applications, RefuseBadInput) {
  const auto mine = token();
  std::string forged = mine;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  test::expect_refused(
      app,
      {{Method::post, form, body(forged, "a@b.example"), 422, "invalid", "/token", "malformed"},
       {Method::post, form, body(token(std::chrono::hours{25}), "a@b.example"), 422, "invalid", "/token"},
       {Method::post, form, body(mine, "a@b"), 422, "invalid", "/contact_email"},
       {Method::post, form, body(mine, "a@b.example", R"(, "state": "active")"), 422, "invalid", "/state",
        "unknown_field"},
       {Method::post, form,
        R"({"token": ")" + mine + R"(", "name": "G", "contact_name": "A", "contact_email": "a@b.example"})",
        422, "invalid", "/answers", "required"},
       {Method::post, form,
        R"({"token": ")" + mine +
            R"(", "name": "G", "contact_name": "A", "contact_email": "a@b.example",
              "answers": [{"key": "size", "value": "all"}, {"key": "age", "value": "9"}]})",
        422, "invalid", "/answers/0/value"},
       {Method::post, "/api/applications/nobody-here", body(mine, "a@b.example"), 404, "not_found"},
       {Method::get, form + "/status/" + forged, "", 404, "not_found"},
       {Method::put, "/api/application-form",
        R"({"is_open": true, "questions": [{"key": "a", "label": "A", "kind": "choice", "is_required": false}]})",
        422, "invalid", "/questions/0/options"},
       {Method::put, "/api/application-form",
        R"({"is_open": true, "approves_when": [{"field": "country", "op": "in"}]})", 422, "invalid",
        "/approves_when/0/values"}});
  app.send(Method::put, "/api/application-form", R"({"is_open": false})");
  EXPECT_EQ(app.post(form, body(mine, "a@b.example")).code(), "applications_closed");
  EXPECT_EQ(app.get(form).code(), "applications_closed");
  app.principal.scope = f.partner(f.partner());
  EXPECT_EQ(app.get("/api/application-form").status, 403);
  EXPECT_EQ(app.get("/api/partner-applications").status, 403);
}

TEST_F(Applications, AreToldTheNameOfWhoInvitesAndNothingElse) {
  const auto sponsor = f.partner();
  const auto slug = f.peek("select slug from app.partners where id = $1", {sponsor.str()}).value();
  const auto name = f.peek("select name from app.partners where id = $1", {sponsor.str()}).value();
  const auto invited = app.get(form + "?by=" + slug);
  EXPECT_EQ(test::member(invited.body, "sponsor"), name) << invited.body;
  EXPECT_EQ(invited.body.find(sponsor.str()), std::string::npos);
  for (const auto* nobody : {"", "?by=nobody-here"})
    EXPECT_NE(app.get(form + nobody).body.find(R"("sponsor":null)"), std::string::npos) << nobody;
  EXPECT_TRUE(app.get(form + "?by=Not%20A%20Slug").names("?by"));
  f.peek("update app.partners set status = 'suspended' where id = $1 returning 1", {sponsor.str()});
  EXPECT_NE(app.get(form + "?by=" + slug).body.find(R"("sponsor":null)"), std::string::npos);
}

TEST_F(Applications, NameWhoBroughtThem) {
  const auto sponsor = f.partner();
  const auto slug = f.peek("select slug from app.partners where id = $1", {sponsor.str()}).value();
  const auto apply = [&](const std::string& email, const std::string& by) {
    EXPECT_EQ(app.post(form, body(token(), email, fmt::format(R"(, "sponsor": "{}")", by))).status, 202);
    run_jobs();
    return f.peek(
        "select coalesce(parent_id::text, 'nobody') from app.partners where contact_email = $1 and "
        "organization_id = $2",
        {email, f.organization_id.str()});
  };
  EXPECT_EQ(apply("one@agency.example", slug), sponsor.str());
  EXPECT_EQ(apply("two@agency.example", "nobody-here"), "nobody") << "and the applicant is not told";
  test::FeatureFixture elsewhere;
  const auto foreign =
      f.peek("select slug from app.partners where id = $1", {elsewhere.partner().str()}).value();
  if (foreign != slug) EXPECT_EQ(apply("three@agency.example", foreign), "nobody");
  EXPECT_TRUE(
      app.post(form, body(token(), "four@agency.example", R"(, "sponsor": "Not A Slug")")).names("/sponsor"));
}

}  // namespace
}  // namespace tandem::partners
