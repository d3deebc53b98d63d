#include "app/mail_settings.hpp"

#include <fmt/format.h>

#include "app/database.hpp"

namespace tandem::app {

namespace {

net::SmtpTls tls_of(const std::string& text) {
  if (text == "required") return net::SmtpTls::required;
  if (text == "if_offered") return net::SmtpTls::if_offered;
  if (text == "none") return net::SmtpTls::none;
  throw UserError("mail_tls: required, if_offered or none is expected");
}

}  // namespace

mail::Settings mail_settings(const Config& config) {
  mail::Settings out;
  const auto from = Email::parse(config.text("mail_from"));
  if (!from) throw UserError("mail_from: an e-mail address is expected");
  out.from_address = from->str();
  out.folder = config.path("data") / "mail";
  out.public_url = config.text("public_url");
  if (out.public_url.empty())
    out.public_url = fmt::format("{}://{}:{}", config.text("tls_key").empty() ? "http" : "https",
                                 config.text("address"), config.text("port"));
  else if (!Url::parse(out.public_url))
    throw UserError("public_url: an address such as https://partners.example is expected");
  while (out.public_url.ends_with('/')) out.public_url.pop_back();
  const net::SmtpTls tls = tls_of(config.text("mail_tls"));
  const std::string& server = config.text("mail_server");
  if (server.empty()) return out;
  if (!server.starts_with("smtp://") && !server.starts_with("smtps://"))
    throw UserError("mail_server: smtp://host:port or smtps://host:port is expected");
  out.server = net::SmtpServer{.url = server,
                               .user = config.text("mail_user"),
                               .password = Secret(config.text("mail_password")),
                               .tls = tls,
                               .authorities_file = config.text("mail_authorities")};
  return out;
}

}  // namespace tandem::app
