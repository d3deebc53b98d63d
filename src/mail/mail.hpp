// Mail: queued in the transaction of what causes it, handed to the server of the configuration by a job, or
// written to a file where there is none. Used by identity for invitations and proofs of address.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "db/tx.hpp"
#include "jobs/job.hpp"
#include "net/smtp.hpp"

namespace tandem::mail {

struct Message {
  Email to;
  std::string subject;  // one line
  std::string text;     // plain, lines end in \n
};

struct Settings {
  std::optional<net::SmtpServer> server;
  std::string from_name = "Tandem", from_address = "tandem@localhost";
  std::filesystem::path folder;                      // where mail is written without a server
  std::string public_url = "http://127.0.0.1:8080";  // before the paths of links
};
/// Before anything is served.
void set_settings(Settings settings);
/// "https://partners.example/invitation/…" for "/invitation/…".
std::string public_link(std::string_view path);

/// Queues a mail on the transaction; it leaves after the commit. At most 64 KiB.
void send(db::Tx& tx, const Message& message);

/// The message as it goes over the wire (RFC 5322, MIME); pure.
std::string rfc5322(const Message& message, const Settings& settings, const Uuid& id, Timestamp at);

/// "mail.send".
jobs::Kind send_job();

}  // namespace tandem::mail
