// An organization that asks its staff for a second factor: who came by one can only set up another.
#include <gtest/gtest.h>

#include <thread>

#include "crypto/totp.hpp"
#include "identity/api.hpp"
#include "identity/log_in_limits.hpp"
#include "identity/module.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::identity {
namespace {

using http::Method;
using test::member;

constexpr std::string_view kPassword = "a quiet harbour at dawn";

struct RequiredFactor : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare, http::Hooks{authenticate, audit}};
  std::string email = f.slug + "@people.example", cookie, csrf;

  RequiredFactor() { LogInLimits::instance().clear(); }

  void make(MemberRole role, std::optional<PartnerId> partner = {}) {
    f.run(make_login(f.pool, f.organization_id,
                     {.email = Email::parse(email).value(),
                      .name = Text<1, 120>::parse("Ann").value(),
                      .role = role,
                      .partner_id = partner},
                     Secret(std::string(kPassword))));
    log_in();
  }
  test::Answer send(Method method, const std::string& target, std::string body = {}) {
    http::Pairs headers{{"sec-fetch-site", "same-origin"}};
    if (!cookie.empty()) headers.emplace_back("cookie", cookie);
    if (!csrf.empty()) headers.emplace_back("x-csrf-token", csrf);
    return app.send(method, target, std::move(body), std::move(headers));
  }
  test::Answer log_in(std::string_view rest = "") {
    cookie = csrf = "";
    auto answer = send(Method::post, "/api/session",
                       fmt::format(R"({{"email":"{}","password":"{}"{}}})", email, kPassword, rest));
    const auto set = answer.header("Set-Cookie");
    cookie = set.substr(0, set.find(';'));
    csrf = member(answer.body, "csrf_token");
    return answer;
  }
  void require(bool yes) {
    f.peek(
        "update app.organizations set settings = jsonb_build_object('require_second_factor', $2::boolean) "
        "where organization_id = $1 returning slug",
        {f.organization_id.str(), yes ? "true" : "false"});
    std::this_thread::sleep_for(
        std::chrono::milliseconds{600});  // memberships are remembered for half a second
  }
  /// base32 (RFC 4648 section 6) of a secret, as an app reads it.
  static std::string bytes_of(std::string_view base32) {
    std::string out;
    unsigned bits = 0, value = 0;
    for (const char c : base32) {
      value = value << 5U | static_cast<unsigned>(c >= 'A' && c <= 'Z' ? c - 'A' : c - '2' + 26);
      bits += 5;
      if (bits < 8) continue;
      bits -= 8;
      out += static_cast<char>(value >> bits & 0xffU);
    }
    return out;
  }
};

TEST_F(RequiredFactor, LetsNobodyOfTheStaffWorkByOneFactor) {
  make(MemberRole::owner);
  EXPECT_EQ(send(Method::get, "/api/members").status, 200);
  require(true);
  const auto refused = send(Method::get, "/api/members");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "second_factor_required");
  EXPECT_EQ(send(Method::post, "/api/invitations", R"({"email":"x@y.example","role":"viewer"})").code(),
            "second_factor_required");
  const auto session = send(Method::get, "/api/session");
  EXPECT_EQ(session.status, 200);
  EXPECT_NE(session.body.find(R"("requires_second_factor":true)"), std::string::npos) << session.body;
  EXPECT_NE(session.body.find(R"("is_strong":false)"), std::string::npos) << session.body;

  const auto offer = send(Method::post, "/api/me/second-factor");
  ASSERT_EQ(offer.status, 201) << offer.body;
  const auto secret = bytes_of(member(offer.body, "secret"));
  const auto code = crypto::totp_code(secret, crypto::totp_step(Clock::now().unix_seconds()));
  ASSERT_EQ(send(Method::post, "/api/me/second-factor/confirmation", fmt::format(R"({{"code":"{}"}})", code))
                .status,
            201);
  std::this_thread::sleep_for(std::chrono::milliseconds{600});
  EXPECT_EQ(send(Method::get, "/api/members").status, 200) << "at once, without signing in anew";
  EXPECT_EQ(send(Method::delete_, "/api/me/second-factor").status, 204);
  std::this_thread::sleep_for(std::chrono::milliseconds{600});
  EXPECT_EQ(send(Method::get, "/api/members").code(), "second_factor_required");
}

TEST_F(RequiredFactor, IsNotAskedOfPartnersNorOfKeys) {
  make(MemberRole::owner, f.partner());
  require(true);
  EXPECT_EQ(send(Method::get, "/api/organizations/" + f.organization_id.str()).status, 200);
  const auto key = f.staff_key();
  EXPECT_EQ(app.call(Method::get, "/api/members", {}, {{"authorization", "Bearer " + key}}).status, 200);
}

TEST_F(RequiredFactor, IsASettingThatOwnersChange) {
  const auto key = f.staff_key();
  const auto set = app.send(Method::patch, "/api/organizations/" + f.organization_id.str(),
                            R"({"require_second_factor": true})", {{"authorization", "Bearer " + key}});
  ASSERT_EQ(set.status, 200) << set.body;
  EXPECT_NE(set.body.find(R"("require_second_factor":true)"), std::string::npos);
}

}  // namespace
}  // namespace tandem::identity
