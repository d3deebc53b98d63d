#include "mail/mail.hpp"

#include <fmt/format.h>

#include <fstream>

#include "base/assert.hpp"
#include "base/encoding.hpp"
#include "base/json_view.hpp"
#include "crypto/installation.hpp"
#include "log/log.hpp"

namespace tandem::mail {

namespace {

using MailId = Id<struct MailTag>;

constexpr std::string_view kKind = "mail.send";
constexpr std::size_t kTextMax = 64 * 1024;
constexpr std::size_t kWordBytes = 39;  // a line with an encoded word has 76 characters at most (RFC 2047)
constexpr std::size_t kLineBytes = 57;  // 76 characters of base64 (RFC 2045)

const db::Query<db::Nothing(MailId, db::Bytes)> kInsertMail{"mail.insert_mail", R"sql(
  insert into app.mails (organization_id, id, sealed) values ($1, $2, $3)
)sql"};

struct MailRow {
  std::optional<db::Bytes> sealed;
};
BOOST_DESCRIBE_STRUCT(MailRow, (), (sealed))
const db::Query<MailRow(MailId)> kMail{"mail.mail", R"sql(
  select m.sealed from app.mails m where m.organization_id = $1 and m.id = $2 and m.state = 'due'
)sql"};

const db::Query<db::Nothing(MailId, Timestamp)> kMarkSent{"mail.mark_sent", R"sql(
  update app.mails set state = 'sent', sealed = null, sent_at = $3
  where organization_id = $1 and id = $2 and state = 'due'
)sql"};

/// What is sealed.
struct Sealed {
  std::string to, subject, text;
};
BOOST_DESCRIBE_STRUCT(Sealed, (), (to, subject, text))
struct Payload {
  MailId mail;
};
BOOST_DESCRIBE_STRUCT(Payload, (), (mail))

Settings& settings() {
  static Settings all;
  return all;
}

/// UTF-8 as encoded words of a header, cut between characters.
std::string encoded_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto part = head_of(text, kWordBytes);
    text.remove_prefix(part.size());
    out += fmt::format("{}=?utf-8?B?{}?=", out.empty() ? "" : "\r\n ", to_base64(part));
  }
  return out;
}

std::string base64_lines(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += kLineBytes)
    out += to_base64(text.substr(at, kLineBytes)) + "\r\n";
  return out;
}

/// "Sat, 21 Nov 2026 12:00:00 +0000".
std::string mail_date(Timestamp at) {
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds instant{std::chrono::seconds{at.unix_seconds()}};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{instant - day};
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday{day}.c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

void write_file(const std::string& message, MailId id) {
  std::filesystem::create_directories(settings().folder);
  const auto file = settings().folder / (id.str() + ".eml");
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  std::filesystem::permissions(file,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  out << message;
  if (!out.flush()) throw std::runtime_error("the mail's file cannot be written");
  log::info("mail.written", {{"file", file.string()}});
}

crypto::Place place_of(OrganizationId organization, const std::string& row) {
  return {"mails", "sealed", organization, row};
}

Task<> deliver(const Sealed& mail, MailId id) {
  const Email to = Email::parse(mail.to).value();
  const std::string text = rfc5322({to, mail.subject, mail.text}, settings(), id.uuid(), Clock::now());
  if (!settings().server) {
    write_file(text, id);
    co_return;
  }
  const auto sent = co_await net::send_mail(*settings().server, settings().from_address, mail.to, text);
  if (sent) co_return;
  log::warn("mail.failed", {{"mail", id.str()}, {"why", sent.error().words}});
  // What the server refuses for good is let go; the log keeps its name.
  if (!sent.error().is_final) throw std::runtime_error("the mail server: " + sent.error().words);
}

Task<jobs::Finish> run(db::Pool& pool, const db::Scope& scope, const jobs::Job& job) {
  const auto payload = json::parse<Payload>(job.payload);
  const auto row = co_await db::run_tx(pool, scope, db::Role::write,
                                       [&](db::Tx& tx) { return tx.maybe(kMail, payload.mail); });
  if (!row || !row->sealed) co_return jobs::Finish{};
  const std::string name = payload.mail.str();
  const auto opened =
      crypto::installed_envelope().open(place_of(scope.organization_id, name), row->sealed->value);
  TANDEM_ASSERT(opened, "mail {} does not open: the master key is another", name);
  co_await deliver(json::parse<Sealed>(*opened), payload.mail);
  const MailId id = payload.mail;
  co_return [id](db::Tx& tx) -> Task<> { co_await tx.exec(kMarkSent, id, tx.now()); };
}

}  // namespace

void set_settings(Settings all) { settings() = std::move(all); }

std::string public_link(std::string_view path) { return settings().public_url + std::string(path); }

void send(db::Tx& tx, const Message& message) {
  TANDEM_ASSERT(message.text.size() <= kTextMax && !message.subject.contains('\n'), "no mail of ours");
  const auto id = tx.new_id<MailId>();
  const std::string content = json::print(Sealed{message.to.str(), message.subject, message.text});
  tx.later(
      kInsertMail, id,
      db::Bytes{crypto::installed_envelope().seal(place_of(tx.scope().organization_id, id.str()), content)});
  jobs::enqueue(tx, kKind, json::print(Payload{id}));
}

std::string rfc5322(const Message& message, const Settings& all, const Uuid& id, Timestamp at) {
  const auto host = all.from_address.substr(all.from_address.find('@') + 1);
  return fmt::format(
      "From: {} <{}>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@{}>\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
      "Auto-Submitted: auto-generated\r\n\r\n{}",
      encoded_words(all.from_name), all.from_address, message.to.str(), encoded_words(message.subject),
      mail_date(at), id.str(), host, base64_lines(message.text));
}

jobs::Kind send_job() {
  return {.name = std::string(kKind),
          .runs_as = db::Role::write,
          .batch_max = 1,
          .attempts_max = 12,
          .call = run};
}

}  // namespace tandem::mail
