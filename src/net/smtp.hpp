// Sending mail to the one server of the configuration, by libcurl on threads of its own. Called in jobs,
// never inside a transaction. The server is the operator's choice, so the URL rule of net/client does not
// apply to it.
#pragma once
#include <chrono>
#include <expected>
#include <string>

#include "base/secret.hpp"
#include "base/task.hpp"

namespace tandem::net {

enum class SmtpTls {
  required,  // STARTTLS, or TLS from the beginning with smtps://
  if_offered,
  none,
};

struct SmtpServer {
  std::string url;  // "smtp://mail.example:587", "smtps://mail.example:465"
  std::string user;
  Secret password;
  SmtpTls tls = SmtpTls::required;
  std::string authorities_file;  // PEM; empty: the system's
  std::chrono::milliseconds timeout{20'000};
};

struct SmtpFailure {
  bool is_final = false;  // the server refused it for good (5xx): sending it again does not help
  std::string words;      // ours; holds nothing of the message
};

/// Hands over one message with its headers (RFC 5322, CRLF). Takes as long as the server, at most `timeout`;
/// at most two at a time.
Task<std::expected<void, SmtpFailure>> send_mail(SmtpServer server, std::string from, std::string to,
                                                 std::string message);

}  // namespace tandem::net
