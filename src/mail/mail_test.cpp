#include "mail/mail.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "base/encoding.hpp"
#include "jobs/worker.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::mail {
namespace {

Message message(std::string to = "ann@people.example") {
  return {Email::parse(to).value(), "Приглашение", "Hello,\n\nhttps://tandem.example/invitation/secret\n"};
}

/// tests/support/smtp_server.py while it lives.
class Smtp {
 public:
  Smtp() {
    const std::string command = fmt::format("/usr/bin/python3 {}/tests/support/smtp_server.py {}",
                                            TANDEM_SOURCE_DIR, folder.path().string());
    pipe_ = ::popen(command.c_str(), "r");
    if (pipe_ != nullptr && std::fscanf(pipe_, "%d", &port) != 1) port = 0;
  }
  ~Smtp() {
    std::ofstream(folder.path() / "stop") << "stop";
    if (pipe_ != nullptr) ::pclose(pipe_);
  }
  Smtp(const Smtp&) = delete;
  Smtp& operator=(const Smtp&) = delete;
  std::string mail(int number) const {
    std::ifstream in(folder.path() / fmt::format("mail{}", number), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  int port = 0;
  test::TemporaryFolder folder;

 private:
  std::FILE* pipe_ = nullptr;
};

struct Mail : testing::Test {
  test::FeatureFixture f;
  test::TemporaryFolder folder;
  Mail() {
    jobs::Kinds::instance().clear();
    jobs::Kinds::instance().add(send_job());
    use({});
  }
  ~Mail() override { set_settings({}); }
  void use(std::optional<net::SmtpServer> server) {
    set_settings({.server = std::move(server),
                  .from_name = "Tandem",
                  .from_address = "tandem@people.example",
                  .folder = folder.path() / "mail",
                  .public_url = "https://tandem.example"});
  }
  void queue(const Message& what) {
    f.tx(db::Role::write, [&](db::Tx& tx) -> Task<> {
      send(tx, what);
      co_return;
    });
  }
  int run() { return f.run(jobs::Worker::run_due(f.pool, f.organization_id)); }
  std::string state() {
    return f
        .peek("select state || ' ' || (sealed is null)::text from app.mails where organization_id = $1",
              {f.organization_id.str()})
        .value_or("");
  }
};

TEST(Rfc5322, HeadersAreEncodedAndTheTextIsBase64) {
  const Settings settings{
      .server = {}, .from_name = "Tandem", .from_address = "t@people.example", .folder = {}};
  const auto text =
      rfc5322(message(), settings, new_uuid(), Timestamp::parse("2026-11-21T09:05:03Z").value());
  EXPECT_NE(text.find("To: <ann@people.example>\r\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Subject: =?utf-8?B?" + to_base64("Приглашение") + "?=\r\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("Date: Sat, 21 Nov 2026 09:05:03 +0000\r\n"), std::string::npos) << text;
  EXPECT_NE(text.find("@people.example>\r\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with(to_base64(message().text) + "\r\n")) << text;
  auto long_subject = message();
  long_subject.subject = std::string(60, 'x') + "я\r\nBcc: eve@evil.example";
  const auto folded = rfc5322(long_subject, settings, new_uuid(), Timestamp{});
  EXPECT_EQ(folded.find("\r\nBcc"), std::string::npos);
  for (std::size_t at = 0; at < folded.size();) {
    const auto end = folded.find("\r\n", at);
    EXPECT_LE(end - at, 76U);
    at = end + 2;
  }
}

TEST_F(Mail, WithoutAServerIsAFileAndThenForgotten) {
  queue(message());
  EXPECT_EQ(state(), "due false");
  EXPECT_EQ(f.peek("select count(*) from app.mails where encode(sealed, 'escape') like '%people.example%'"),
            "0");
  EXPECT_EQ(
      f.peek("select count(*) from app.jobs where organization_id = $1 and payload::text like '%people%'",
             {f.organization_id.str()}),
      "0");
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(state(), "sent true");
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "mail")) {
    ++files;
    EXPECT_EQ(entry.path().extension(), ".eml");
    EXPECT_EQ(entry.status().permissions() & std::filesystem::perms::others_all,
              std::filesystem::perms::none);
  }
  EXPECT_EQ(files, 1);
  EXPECT_EQ(run(), 0);
}

TEST_F(Mail, GoesToARealServer) {
  const Smtp smtp;
  ASSERT_NE(smtp.port, 0) << "needs python3-aiosmtpd";
  net::SmtpServer server{.url = fmt::format("smtp://127.0.0.1:{}", smtp.port),
                         .user = "user",
                         .password = Secret("secret"),
                         .tls = net::SmtpTls::if_offered,
                         .authorities_file = {}};
  use(server);
  queue(message());
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(state(), "sent true");
  const auto mail = smtp.mail(1);
  EXPECT_TRUE(mail.starts_with("tandem@people.example ann@people.example user\n")) << mail;
  EXPECT_NE(mail.find(to_base64(message().text)), std::string::npos);
}

TEST_F(Mail, WaitsForAServerThatRefusesForTheMoment) {
  const Smtp smtp;
  ASSERT_NE(smtp.port, 0) << "needs python3-aiosmtpd";
  net::SmtpServer server{.url = fmt::format("smtp://127.0.0.1:{}", smtp.port),
                         .user = {},
                         .password = {},
                         .tls = net::SmtpTls::none,
                         .authorities_file = {}};
  use(server);
  queue(message("later@people.example"));
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(state(), "due false");
  EXPECT_EQ(f.peek("select count(*) from app.jobs where organization_id = $1 and last_error like '%people%'",
                   {f.organization_id.str()}),
            "0");
  f.peek("update app.mails set state = 'sent', sealed = null where organization_id = $1 returning id",
         {f.organization_id.str()});
  queue(message("nobody@people.example"));
  EXPECT_EQ(run(), 1) << "refused for good: let go";
  server.tls = net::SmtpTls::required;
  use(server);
  queue(message());
  EXPECT_EQ(run(), 0) << "no TLS, no mail";
  EXPECT_TRUE(smtp.mail(1).empty());
}

}  // namespace
}  // namespace tandem::mail
