#include "identity/oidc/id_token.hpp"

#include <gtest/gtest.h>

namespace tandem::identity::oidc {
namespace {

const Expected kOurs{"https://accounts.example", "tandem", "nonce-of-this-sign-in",
                     Timestamp::from_unix_seconds(1'800'000'000)};

/// A token that is right but for one member.
std::string token(std::string_view name = "", std::string_view json = "") {
  std::vector<std::pair<std::string, std::string>> members{{"iss", R"("https://accounts.example")"},
                                                           {"aud", R"("tandem")"},
                                                           {"sub", R"("248289761001")"},
                                                           {"exp", "1800000300"},
                                                           {"iat", "1799999990"},
                                                           {"nonce", R"("nonce-of-this-sign-in")"},
                                                           {"email", R"("ann@people.example")"},
                                                           {"email_verified", "true"}};
  std::string out;
  bool is_new = !name.empty();
  for (auto& [key, value] : members) {
    if (key == name) {
      value = json;
      is_new = false;
    }
    if (!value.empty()) out += fmt::format(R"({}"{}":{})", out.empty() ? "" : ",", key, value);
  }
  if (is_new) out += fmt::format(R"(,"{}":{})", name, json);
  return "{" + out + "}";
}

TEST(IdToken, SaysWhoItIs) {
  const auto claims = check_id_token(token("name", R"("Ann Bell")"), kOurs);
  ASSERT_TRUE(claims) << claims.error();
  EXPECT_EQ(claims->subject, "248289761001");
  EXPECT_EQ(claims->email->str(), "ann@people.example");
  EXPECT_TRUE(claims->is_email_verified);
  EXPECT_EQ(claims->name, "Ann Bell");
  EXPECT_FALSE(claims->has_used_two_factors);
  EXPECT_FALSE(claims->proved_at);
  EXPECT_TRUE(check_id_token(token("amr", R"(["pwd","mfa"])"), kOurs)->has_used_two_factors);
  EXPECT_EQ(check_id_token(token("auth_time", "1799990000"), kOurs)->proved_at,
            Timestamp::from_unix_seconds(1'799'990'000));
  EXPECT_TRUE(check_id_token(token("aud", R"(["tandem"])"), kOurs));
  EXPECT_TRUE(check_id_token(token("azp", R"("tandem")"), kOurs));
  EXPECT_TRUE(check_id_token(token("exp", "1799999950"), kOurs)) << "clocks differ by a minute";
}

TEST(IdToken, IsRefusedWhenOneThingIsWrong) {
  const std::vector<std::pair<std::string_view, std::string_view>> wrong{
      {"iss", R"("https://accounts.example/")"},
      {"iss", ""},
      {"aud", R"("another")"},
      {"aud", R"(["tandem","another"])"},
      {"aud", "[]"},
      {"aud", ""},
      {"azp", R"("another")"},
      {"exp", "1799999940"},
      {"exp", R"("1800000300")"},
      {"exp", ""},
      {"exp", "-1"},
      {"exp", "99999999999999999"},
      {"iat", "1799999400"},
      {"iat", "1800000061"},
      {"iat", ""},
      {"nonce", R"("nonce-of-another-one..")"},
      {"nonce", ""},
      {"nonce", "null"},
      {"sub", R"("")"},
      {"sub", ""},
      {"sub", "7"},
      {"sub", R"("a\nb")"},
  };
  for (const auto& [name, value] : wrong)
    EXPECT_FALSE(check_id_token(token(name, value), kOurs)) << name << ": " << value;
  EXPECT_FALSE(check_id_token("", kOurs));
  EXPECT_FALSE(check_id_token("[]", kOurs));
  EXPECT_FALSE(check_id_token(token("sub", "\"" + std::string(256, 'x') + "\""), kOurs));
}

TEST(IdToken, AnAddressIsVerifiedByTheWordTrueAlone) {
  for (const auto* value : {"false", R"("true")", "1", "null", ""})
    EXPECT_FALSE(check_id_token(token("email_verified", value), kOurs)->is_email_verified) << value;
  EXPECT_FALSE(check_id_token(token("email", R"("no address")"), kOurs)->is_email_verified);
}

TEST(IdToken, UserInfoIsOfTheSamePerson) {
  auto claims = *check_id_token(token("email", ""), kOurs);
  EXPECT_FALSE(claims.email);
  EXPECT_FALSE(add_user_info(R"({"sub":"another","email":"x@y.example","email_verified":true})", claims));
  EXPECT_FALSE(claims.email);
  EXPECT_TRUE(add_user_info(R"({"sub":"248289761001","email":"x@y.example","email_verified":true})", claims));
  EXPECT_EQ(claims.email->str(), "x@y.example");
  EXPECT_TRUE(claims.is_email_verified);
}

}  // namespace
}  // namespace tandem::identity::oidc
