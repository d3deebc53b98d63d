#include "net/smtp.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/on_threads.hpp"

namespace tandem::net {

namespace {

namespace asio = boost::asio;
using Outcome = std::expected<void, SmtpFailure>;

constexpr std::size_t kThreads = 2;
constexpr long kConnectMilliseconds = 10'000;
constexpr long kFinalFrom = 500, kFinalTo = 599;

using Handle = std::unique_ptr<CURL, decltype([](CURL* c) { curl_easy_cleanup(c); })>;
using List = std::unique_ptr<curl_slist, decltype([](curl_slist* l) { curl_slist_free_all(l); })>;

asio::thread_pool& threads() {
  // libcurl is made ready once, before a second thread may use it.
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(ready);
  static asio::thread_pool pool(kThreads);
  return pool;
}

std::size_t read_message(char* out, std::size_t size, std::size_t count, void* rest) {
  auto& text = *static_cast<std::string_view*>(rest);
  const std::size_t taken = std::min(size * count, text.size());
  std::memcpy(out, text.data(), taken);
  text.remove_prefix(taken);
  return taken;
}

long use_ssl(SmtpTls tls) {
  switch (tls) {
    case SmtpTls::required: return CURLUSESSL_ALL;
    case SmtpTls::if_offered: return CURLUSESSL_TRY;
    case SmtpTls::none: break;
  }
  return CURLUSESSL_NONE;
}

Outcome send_now(const SmtpServer& server, const std::string& from, const std::string& to,
                 const std::string& message) {
  const Handle curl(curl_easy_init());
  if (!curl) return std::unexpected(SmtpFailure{false, "libcurl cannot begin"});
  const std::string sender = "<" + from + ">", recipient = "<" + to + ">";
  const List recipients(curl_slist_append(nullptr, recipient.c_str()));
  std::string_view rest = message;
  CURL* c = curl.get();
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(c, CURLOPT_URL, server.url.c_str());
  curl_easy_setopt(c, CURLOPT_USE_SSL, use_ssl(server.tls));
  curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, kConnectMilliseconds);
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, static_cast<long>(server.timeout.count()));
  if (!server.authorities_file.empty()) curl_easy_setopt(c, CURLOPT_CAINFO, server.authorities_file.c_str());
  if (!server.user.empty()) {
    curl_easy_setopt(c, CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(c, CURLOPT_PASSWORD, server.password.reveal().c_str());
  }
  curl_easy_setopt(c, CURLOPT_MAIL_FROM, sender.c_str());
  curl_easy_setopt(c, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(c, CURLOPT_READFUNCTION, read_message);
  curl_easy_setopt(c, CURLOPT_READDATA, &rest);
  const CURLcode status = curl_easy_perform(c);
  if (status == CURLE_OK) return {};
  long answer = 0;
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &answer);
  // A login that the server refuses is the operator's to mend: the mail waits for that.
  const bool is_final = answer >= kFinalFrom && answer <= kFinalTo && status != CURLE_LOGIN_DENIED;
  return std::unexpected(
      SmtpFailure{is_final, fmt::format("{} (server's code {})", curl_easy_strerror(status), answer)});
}

}  // namespace

Task<Outcome> send_mail(SmtpServer server, std::string from, std::string to, std::string message) {
  co_return co_await on_threads<Outcome>(threads(), [&] { return send_now(server, from, to, message); });
}

}  // namespace tandem::net
