#include "crypto/password.hpp"

#include <gtest/gtest.h>

#include "crypto/totp.hpp"

namespace tandem::crypto {
namespace {

TEST(Passwords, AreHashedAsPhcStrings) {
  const Secret right("correct horse battery"), wrong("correct horse batterz");
  const auto phc = hash_password(right);
  EXPECT_TRUE(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << phc;
  EXPECT_NE(hash_password(right), phc) << "the salt is new each time";
  EXPECT_TRUE(verify_password(phc, right));
  EXPECT_FALSE(verify_password(phc, wrong));
  EXPECT_FALSE(verify_password("$argon2id$nonsense", right));
  EXPECT_FALSE(verify_password("", right));
  EXPECT_FALSE(is_password_hash_old(phc));
  EXPECT_TRUE(is_password_hash_old("$argon2id$v=19$m=4096,t=2,p=1$c2FsdHNhbHQ$aGFzaA"));
}

TEST(Passwords, AreTextOfAtMost256Bytes) {
  EXPECT_TRUE(PasswordText::parse("x"));
  EXPECT_TRUE(PasswordText::parse(std::string(256, 'x')));
  EXPECT_FALSE(PasswordText::parse(std::string(257, 'x')));
  EXPECT_FALSE(PasswordText::parse(""));
  EXPECT_FALSE(PasswordText::parse(std::string("a\0b", 3)));
  EXPECT_FALSE(PasswordText::parse("\xff"));
  std::string printed;
  PasswordText::parse("hidden")->append_to(printed);
  EXPECT_EQ(printed, "***");
}

// RFC 6238, appendix B, the SHA-1 rows cut to six digits.
TEST(Totp, AgreesWithTheStandard) {
  const std::string secret = "12345678901234567890";
  EXPECT_EQ(totp_code(secret, totp_step(59)), "287082");
  EXPECT_EQ(totp_code(secret, totp_step(1111111109)), "081804");
  EXPECT_EQ(totp_code(secret, totp_step(1111111111)), "050471");
  EXPECT_EQ(totp_code(secret, totp_step(1234567890)), "005924");
  EXPECT_EQ(totp_code(secret, totp_step(2000000000)), "279037");
  EXPECT_EQ(totp_code(secret, totp_step(20000000000)), "353130");
}

TEST(Totp, ACodeWorksOnceAndNearItsTime) {
  const std::string secret = new_totp_secret();
  const std::int64_t now = 1'700'000'000, step = totp_step(now);
  EXPECT_EQ(match_totp(secret, totp_code(secret, step), now, {}), step);
  EXPECT_EQ(match_totp(secret, totp_code(secret, step - 1), now, {}), step - 1);
  EXPECT_EQ(match_totp(secret, totp_code(secret, step + 1), now, {}), step + 1);
  EXPECT_FALSE(match_totp(secret, totp_code(secret, step - 3), now, {}));
  EXPECT_FALSE(match_totp(secret, totp_code(secret, step), now, step));
  EXPECT_FALSE(match_totp(secret, "", now, {}));
}

// RFC 4648, section 10.
TEST(Base32, AgreesWithTheStandard) {
  EXPECT_EQ(to_base32("f"), "MY");
  EXPECT_EQ(to_base32("foob"), "MZXW6YQ");
  EXPECT_EQ(to_base32("foobar"), "MZXW6YTBOI");
}

}  // namespace
}  // namespace tandem::crypto
