// PayPal Payouts (developer.paypal.com/docs/api/payments.payouts-batch/v1): one batch for each payout, named
// by its id. PayPal has no look-up by that name; a repeated batch is refused with a link to the first, for 30
// days, and that is the look-up.
#include <boost/crc.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/json_view.hpp"
#include "crypto/rsa.hpp"
#include "payouts/adapters/clients.hpp"
#include "payouts/adapters/provider_call.hpp"

namespace tandem::payouts {

namespace {

/// Access tokens by client, for all threads, until they end.
class Tokens {
 public:
  std::optional<std::string> find(const std::string& client) {
    const std::scoped_lock lock(mutex_);
    const auto found = tokens_.find(client);
    if (found == tokens_.end() || found->second.ends_at <= Monotonic::now()) return std::nullopt;
    return found->second.value;
  }
  void keep(const std::string& client, std::string value, std::chrono::seconds lives) {
    const std::scoped_lock lock(mutex_);
    tokens_[client] = {std::move(value), Monotonic::now() + lives - std::chrono::seconds{60}};
  }
  void drop(const std::string& client) {
    const std::scoped_lock lock(mutex_);
    tokens_.erase(client);
  }

 private:
  struct Token {
    std::string value;
    Monotonic::time_point ends_at;
  };
  std::mutex mutex_;
  std::map<std::string, Token> tokens_;
};
Tokens& tokens() {
  static Tokens all;
  return all;
}

/// Certificates that PayPal signs messages with, by their address, for all threads and for a day.
class Certificates {
 public:
  std::optional<std::string> find(const std::string& url) {
    const std::scoped_lock lock(mutex_);
    const auto found = kept_.find(url);
    if (found == kept_.end() || found->second.ends_at <= Monotonic::now()) return std::nullopt;
    return found->second.pem;
  }
  void keep(const std::string& url, std::string pem) {
    constexpr std::size_t kMost = 50;
    const std::scoped_lock lock(mutex_);
    if (kept_.size() >= kMost) kept_.clear();
    kept_[url] = {std::move(pem), Monotonic::now() + std::chrono::hours{24}};
  }

 private:
  struct Kept {
    std::string pem;
    Monotonic::time_point ends_at;
  };
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;
};
Certificates& certificates() {
  static Certificates all;
  return all;
}

/// Where PayPal has its certificates; everybody could sign with one from elsewhere.
bool is_paypals(std::string_view url) {
  constexpr std::array<std::string_view, 4> kPayPals{
      "https://api.paypal.com/", "https://api.sandbox.paypal.com/", "https://api-m.paypal.com/",
      "https://api-m.sandbox.paypal.com/"};
  return url.starts_with(rail_urls().paypal + "/") ||
         std::ranges::any_of(kPayPals, [&](std::string_view one) { return url.starts_with(one); });
}

Task<std::optional<std::string>> certificate_at(std::string url) {
  if (!is_paypals(url)) co_return std::nullopt;
  if (auto known = certificates().find(url)) co_return known;
  net::Request request;
  request.url = url;
  request.timeouts = {.connect = std::chrono::milliseconds{3'000}, .total = std::chrono::milliseconds{6'000}};
  request.answer_bytes_max = 64 * 1024;
  auto answer = co_await net::fetch(std::move(request));
  if (!answer || answer->status != 200) co_return std::nullopt;
  certificates().keep(url, answer->body);
  co_return std::move(answer->body);
}

bool has_decimals(Currency currency) { return currency.code() != "HUF" && currency.code() != "TWD"; }

/// "142" of 14200 HUF, "142.00" of 14200 USD.
std::string value_of(const Money& amount) {
  constexpr std::int64_t kHundred = 100;
  return has_decimals(amount.currency) ? major_units(amount) : std::to_string(amount.amount / kHundred);
}

class PayPal : public RailClient {
 public:
  explicit PayPal(RailAccount account) : account_(std::move(account)) {}

  Task<RailAnswer> send(Instruction to) override {
    if (!paypal_takes(to.amount)) co_return failed("not_whole");
    net::Request request;
    request.method = net::Method::post;
    request.url = rail_urls().paypal + "/v1/payments/payouts";
    request.headers = {{"Content-Type", "application/json"}, {"PayPal-Request-Id", to.reference}};
    request.body = fmt::format(
        R"({{"sender_batch_header":{{"sender_batch_id":"po_{0}","recipient_type":"EMAIL"}},)"
        R"("items":[{{"recipient_type":"EMAIL","receiver":{1},"amount":{{"value":"{2}","currency":"{3}"}},)"
        R"("sender_item_id":"{0}"}}]}})",
        to.reference, quoted(to.account), value_of(to.amount), to.amount.currency.code());
    const auto answer = co_await call(std::move(request));
    if (!answer) co_return answer.error();
    const auto document = json::Document::parse(answer->body);
    if (!document) co_return unknown("the answer is not JSON");
    const auto root = document->root();
    std::string batch(root["batch_header"]["payout_batch_id"].text().value_or(""));
    if (batch.empty() && root["name"].text() == "USER_BUSINESS_ERROR") batch = linked_batch(root);
    if (batch.empty())
      co_return answer->status / 100 == 2 ? unknown("the answer names no batch")
                                          : failed(std::string(root["name"].text().value_or("refused")));
    Outcome out{.state = PayoutState::submitted};
    out.external_batch_id = std::move(batch);
    co_return outcome(std::move(out));
  }

  Task<RailAnswer> look_up(Instruction to) override {
    if (to.external_batch_id.empty()) co_return absent("no batch is known");
    net::Request request;
    request.url = fmt::format("{}/v1/payments/payouts/{}?page=1&page_size=1000&total_required=true",
                              rail_urls().paypal, percent_encoded(to.external_batch_id));
    const auto answer = co_await call(std::move(request));
    if (!answer) co_return unknown(answer.error().reason);
    const auto document = json::Document::parse(answer->body);
    if (!document || answer->status != 200) co_return unknown("the batch is not readable");
    const auto status = document->root()["batch_header"]["batch_status"].text().value_or("");
    if (status == "DENIED" || status == "CANCELED") co_return failed(std::string(status));
    for (const auto& item : document->root()["items"].items())
      if (item["payout_item"]["sender_item_id"].text() == to.reference) co_return read(item, to);
    co_return outcome({.state = PayoutState::submitted});
  }

  /// RSA-SHA256 over "id|time|webhook id|CRC-32 of the body, decimal" by the holder of the certificate.
  Task<bool> has_signed_by_certificate(std::function<std::string(std::string_view)> header,
                                       std::string body) {
    const auto signature = from_base64(header("paypal-transmission-sig"));
    if (!signature || header("paypal-auth-algo") != "SHA256withRSA") co_return false;
    const auto certificate = co_await certificate_at(header("paypal-cert-url"));
    if (!certificate) co_return false;
    boost::crc_32_type crc;
    crc.process_bytes(body.data(), body.size());
    const std::string text =
        fmt::format("{}|{}|{}|{}", header("paypal-transmission-id"), header("paypal-transmission-time"),
                    account_.webhook_key, crc.checksum());
    co_return crypto::verify_rsa_sha256_by_certificate(*certificate, net::policy().authorities_file,
                                                       Clock::now().unix_seconds(), text, *signature);
  }

  Task<bool> has_signed(std::function<std::string(std::string_view)> header, std::string body) {
    if (co_await has_signed_by_certificate(header, body)) co_return true;
    net::Request request;
    request.method = net::Method::post;
    request.url = rail_urls().paypal + "/v1/notifications/verify-webhook-signature";
    request.headers = {{"Content-Type", "application/json"}};
    request.body = fmt::format(
        R"({{"auth_algo":{},"cert_url":{},"transmission_id":{},"transmission_sig":{},"transmission_time":{},)"
        R"("webhook_id":{},"webhook_event":{}}})",
        quoted(header("paypal-auth-algo")), quoted(header("paypal-cert-url")),
        quoted(header("paypal-transmission-id")), quoted(header("paypal-transmission-sig")),
        quoted(header("paypal-transmission-time")), quoted(account_.webhook_key), body);
    const auto answer = co_await call(std::move(request));
    if (!answer || answer->status != 200) co_return false;
    const auto document = json::Document::parse(answer->body);
    co_return document && document->root()["verification_status"].text() == "SUCCESS";
  }

 private:
  /// With a token; one that ended meanwhile is asked for anew, once.
  Task<std::expected<net::Answer, RailAnswer>> call(net::Request request) {
    const std::string client = rail_urls().paypal + " " + account_.client_id;
    for (int attempt = 0;; ++attempt) {
      auto token = tokens().find(client);
      if (!token) {
        auto fresh = co_await authorize(client);
        if (!fresh) co_return std::unexpected(fresh.error());
        token = *std::move(fresh);
      }
      auto authorized = request;
      authorized.headers.emplace_back("Authorization", "Bearer " + *token);
      auto answer = co_await net_call(std::move(authorized));
      if (answer.is_refused && attempt == 0) {
        tokens().drop(client);
        continue;
      }
      co_return std::move(answer.answer);
    }
  }
  struct Called {
    std::expected<net::Answer, RailAnswer> answer;
    bool is_refused = false;  // 401
  };
  static Task<Called> net_call(net::Request request) {
    auto answer = co_await call_provider(std::move(request));
    const bool is_refused =
        !answer && answer.error().kind == RailAnswer::Kind::absent && answer.error().reason.ends_with("401");
    co_return Called{std::move(answer), is_refused};
  }
  Task<std::expected<std::string, RailAnswer>> authorize(std::string client) {
    net::Request request;
    request.method = net::Method::post;
    request.url = rail_urls().paypal + "/v1/oauth2/token";
    request.headers = {{"Authorization", "Basic " + to_base64(account_.client_id + ":" + account_.secret)},
                       {"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = "grant_type=client_credentials";
    const auto answer = co_await call_provider(std::move(request));
    // Without a token nothing was sent.
    if (!answer) co_return std::unexpected(absent(answer.error().reason));
    const auto document = json::Document::parse(answer->body);
    const auto token = document ? document->root()["access_token"].text() : std::nullopt;
    if (!token) co_return std::unexpected(absent("the provider gives no token"));
    const auto lives = document->root()["expires_in"].integer().value_or(60);
    tokens().keep(client, std::string(*token), std::chrono::seconds{lives});
    co_return std::string(*token);
  }

  static std::string linked_batch(const json::View& problem) {
    constexpr std::string_view kPath = "/v1/payments/payouts/";
    for (const auto& link : problem["links"].items()) {
      const auto href = link["href"].text().value_or("");
      if (const auto at = href.find(kPath); at != std::string_view::npos)
        return std::string(href.substr(at + kPath.size()));
    }
    return {};
  }

  static RailAnswer read(const json::View& item, const Instruction& to) {
    const auto amount = item["payout_item"]["amount"];
    const auto value = Decimal::parse(amount["value"].text().value_or(""));
    if (!value || value->exact(to.amount.currency.exponent()) != to.amount.amount ||
        amount["currency"].text() != to.amount.currency.code())
      return unknown("the provider's item has another amount");
    const auto status = item["transaction_status"].text().value_or("");
    Outcome out{.state = PayoutState::submitted};
    if (const auto id = item["payout_item_id"].text()) out.external_id = std::string(*id);
    if (const auto id = item["transaction_id"].text()) out.bank_reference = std::string(*id);
    if (const auto fee = Decimal::parse(item["payout_item_fee"]["value"].text().value_or("")))
      out.fee = fee->exact(to.amount.currency.exponent());
    if (status == "SUCCESS") out.state = PayoutState::paid;
    if (status == "UNCLAIMED") out.state = PayoutState::unclaimed;
    if (status == "FAILED" || status == "BLOCKED") out.state = PayoutState::failed;
    if (status == "RETURNED" || status == "REFUNDED" || status == "REVERSED")
      out.state = PayoutState::returned;
    if (out.state != PayoutState::submitted && out.state != PayoutState::paid)
      out.reason = std::string(item["errors"]["name"].text().value_or(status));
    return outcome(std::move(out));
  }

  RailAccount account_;
};

}  // namespace

std::unique_ptr<RailClient> paypal_client(RailAccount account) {
  return std::make_unique<PayPal>(std::move(account));
}

bool paypal_takes(const Money& amount) {
  constexpr std::int64_t kHundred = 100;
  return has_decimals(amount.currency) || amount.amount % kHundred == 0;
}

Task<bool> is_signed_by_paypal(RailAccount account, std::function<std::string(std::string_view)> header,
                               std::string body) {
  PayPal client(std::move(account));
  co_return co_await client.has_signed(std::move(header), std::move(body));
}

}  // namespace tandem::payouts
