// Tokens, signed ids, the master key's file and envelopes.
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/assert.hpp"
#include "base/encoding.hpp"
#include "crypto/envelope.hpp"
#include "crypto/hmac.hpp"
#include "crypto/random.hpp"
#include "crypto/signed_id.hpp"
#include "crypto/token.hpp"

namespace tandem::crypto {
namespace {

std::string bytes(std::string_view hex) { return from_hex(hex).value(); }

TEST(ApiKey, made_parsed_and_refused) {
  const auto made = new_api_key(true);
  EXPECT_TRUE(made.secret.starts_with("tdm_live_"));
  EXPECT_EQ(made.secret.size(), 9U + 43U);
  EXPECT_EQ(made.prefix, made.secret.substr(0, 13));
  EXPECT_EQ(made.hash, sha256(made.secret));
  const auto parsed = parse_api_key(made.secret);
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->is_live);
  EXPECT_EQ(parsed->hash, made.hash);
  EXPECT_EQ(parsed->prefix, made.prefix);
  EXPECT_FALSE(parse_api_key(new_api_key(false).secret)->is_live);
  EXPECT_NE(new_api_key(true).secret, made.secret);
  const std::string refused[] = {"",
                                 "tdm_live_",
                                 made.secret + "A",
                                 made.secret.substr(0, 51),
                                 " " + made.secret,
                                 "TDM_LIVE_" + made.secret.substr(9),
                                 "tdm_prod_" + made.secret.substr(9),
                                 made.secret.substr(0, 51) + "=",
                                 made.secret.substr(0, 51) + "!"};
  for (const auto& text : refused) EXPECT_FALSE(parse_api_key(text)) << text;
}

TEST(Tokens, sites_sessions_and_webhooks) {
  EXPECT_EQ(parse_site_key(new_site_key(true)), true);
  EXPECT_EQ(parse_site_key(new_site_key(false)), false);
  EXPECT_FALSE(parse_site_key("pk_live_short"));
  EXPECT_FALSE(parse_site_key("sk_live_" + new_site_key(true).substr(8)));
  const auto token = new_token();
  EXPECT_TRUE(is_token(token.secret));
  EXPECT_EQ(token.hash, sha256(token.secret));
  EXPECT_FALSE(is_token(token.secret.substr(1)));
  EXPECT_FALSE(is_token(""));
  EXPECT_EQ(webhook_key(new_webhook_secret())->size(), 32U);
  EXPECT_EQ(webhook_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")->size(), 24U);
  EXPECT_FALSE(webhook_key("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  EXPECT_FALSE(webhook_key("whsec_c2hvcnQ="));
  EXPECT_FALSE(webhook_key("whsec_" + to_base64(std::string(65, 'x'))));
}

TEST(SignedId, comes_back_only_unchanged) {
  const IdSigner signer(std::string(32, 'k')), other(std::string(32, 'o'));
  const auto id = *Uuid::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  const auto text = signer.sign(id);
  EXPECT_EQ(text.size(), 45U);
  EXPECT_EQ(signer.verify(text), id);
  EXPECT_FALSE(other.verify(text));
  EXPECT_FALSE(signer.verify(""));
  EXPECT_FALSE(signer.verify(text + "A"));
  EXPECT_FALSE(signer.verify(text.substr(0, 44)));
  // No other spelling of any character verifies, the unused low bits of the last ones included.
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c :
         std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ")) {
      if (text[i] == c) continue;
      std::string changed = text;
      changed[i] = c;
      ASSERT_FALSE(signer.verify(changed)) << changed;
    }
  }
}

TEST(Gcm, vectors_of_nist) {
  // The Galois/Counter Mode of Operation (McGrew, Viega), test cases 13, 14 and 16.
  EXPECT_EQ(to_hex(gcm_encrypt(std::string(32, '\0'), std::string(12, '\0'), "", "")),
            "530f8afbc74536b9a963b4f1c4cb738b");
  EXPECT_EQ(to_hex(gcm_encrypt(std::string(32, '\0'), std::string(12, '\0'), "", std::string(16, '\0'))),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
  const auto key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const auto nonce = bytes("cafebabefacedbaddecaf888");
  const auto aad = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const auto plain = bytes(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
      "b16aedf5aa0de657ba637b39");
  const auto cipher = gcm_encrypt(key, nonce, aad, plain);
  EXPECT_EQ(to_hex(cipher),
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
            "c5f61e63"
            "93ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
  EXPECT_EQ(gcm_decrypt(key, nonce, aad, cipher), plain);
  EXPECT_EQ(gcm_decrypt(key, nonce, "", gcm_encrypt(key, nonce, "", "")), "");
  for (std::size_t i = 0; i < cipher.size(); ++i) {
    std::string changed = cipher;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    ASSERT_FALSE(gcm_decrypt(key, nonce, aad, changed));
  }
  EXPECT_FALSE(gcm_decrypt(key, nonce, aad + "x", cipher));
  EXPECT_FALSE(gcm_decrypt(key, nonce, aad, "short"));
}

TEST(Envelope, opens_only_in_its_place) {
  const OrganizationId organization{*Uuid::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")};
  const OrganizationId other{*Uuid::parse("017f22e2-79b0-7cc3-98c4-dc0c0c073990")};
  const MasterKey old_key(random_bytes(32), 1), new_key(random_bytes(32), 2);
  const Envelope before({old_key}), after({new_key, old_key}), without({new_key});
  const Place place{"endpoints", "secret", organization, "row-1"};
  const auto sealed = before.seal(place, "whsec_x");
  EXPECT_EQ(sealed.size(), 2U + 12U + 7U + 16U);
  EXPECT_NE(before.seal(place, "whsec_x"), sealed);
  EXPECT_EQ(before.open(place, sealed), "whsec_x");
  EXPECT_EQ(after.open(place, sealed), "whsec_x");
  EXPECT_FALSE(without.open(place, sealed));
  EXPECT_TRUE(after.is_old(sealed));
  EXPECT_FALSE(after.is_old(after.seal(place, "")));
  EXPECT_EQ(after.open(place, after.seal(place, "")), "");
  EXPECT_EQ(Envelope::version_of(sealed), 1);
  for (const auto& elsewhere :
       {Place{"users", "secret", organization, "row-1"}, Place{"endpoints", "url", organization, "row-1"},
        Place{"endpoints", "secret", other, "row-1"}, Place{"endpoints", "secret", organization, "row-2"}})
    EXPECT_FALSE(before.open(elsewhere, sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    ASSERT_FALSE(after.open(place, changed));
  }
  EXPECT_FALSE(before.open(place, ""));
  EXPECT_FALSE(before.open(place, sealed.substr(0, 29)));
  EXPECT_THROW(Envelope({old_key, old_key}), AssertionFailed);
  EXPECT_THROW(Envelope({}), AssertionFailed);
  EXPECT_NE(before.key_for("click-id"), before.key_for("cursor"));
  EXPECT_EQ(before.key_for("click-id"), before.key_for("click-id"));
}

/// A folder of its own that is removed at the end.
class MasterKeyFile : public testing::Test {
 protected:
  MasterKeyFile() {
    std::string name = (std::filesystem::temp_directory_path() / "tandem-key-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~MasterKeyFile() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path write(const std::string& text, mode_t mode) {
    const auto file = folder_ / "key";
    std::filesystem::remove(file);
    std::ofstream(file) << text;
    chmod(file.c_str(), mode);
    return file;
  }
  std::string refusal(const std::filesystem::path& file) {
    try {
      load_master_key(file);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  std::filesystem::path folder_;
};

TEST_F(MasterKeyFile, is_made_once_and_read_again) {
  const auto file = folder_ / "master.key";
  const auto made = load_or_create_master_key(file);
  struct stat status{};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(load_or_create_master_key(file).bytes(), made.bytes());
  EXPECT_EQ(load_master_key(file, 7).version(), 7);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(MasterKeyFile, of_several_makers_one_wins) {
  const auto file = folder_ / "master.key";
  std::vector<std::string> seen(8);
  std::vector<std::thread> threads;
  for (auto& key : seen)
    threads.emplace_back([&] { key = std::string(load_or_create_master_key(file).bytes()); });
  for (auto& thread : threads) thread.join();
  for (const auto& key : seen) EXPECT_EQ(key, seen.front());
}

TEST_F(MasterKeyFile, forms_and_refusals) {
  const std::string key(32, 'k');
  EXPECT_EQ(load_master_key(write(to_hex(key), 0600)).bytes(), key);
  EXPECT_EQ(load_master_key(write(to_hex(key) + "\r\n", 0400)).bytes(), key);
  EXPECT_EQ(load_master_key(write(to_base64(key) + "\n", 0600)).bytes(), key);
  EXPECT_NE(refusal(write(to_hex(key), 0640)).find("open to others"), std::string::npos);
  EXPECT_NE(refusal(write(to_hex(key), 0604)).find("open to others"), std::string::npos);
  EXPECT_NE(refusal(write("secret!", 0600)).find("expected 32 bytes"), std::string::npos);
  EXPECT_EQ(refusal(write("secret!", 0600)).find("secret!"), std::string::npos);
  EXPECT_NE(refusal(write("", 0600)), "");
  EXPECT_NE(refusal(write(to_hex(key) + to_hex(key), 0600)), "");
  EXPECT_NE(refusal(folder_ / "missing").find("cannot be opened"), std::string::npos);
  std::filesystem::create_directory(folder_ / "folder");
  EXPECT_NE(refusal(folder_ / "folder").find("plain file"), std::string::npos);
  EXPECT_THROW(load_or_create_master_key(folder_ / "no" / "such" / "folder"), std::runtime_error);
}

}  // namespace
}  // namespace tandem::crypto
