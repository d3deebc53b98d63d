// PayPal Payouts (developer.paypal.com/docs/api/payments.payouts-batch/v1): one batch for each payout, named
// by its id. PayPal has no look-up by that name; a repeated batch is refused with a link to the first, for 30
// days, and that is the look-up.
#include <map>
#include <mutex>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/json_view.hpp"
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

class PayPal : public RailClient {
 public:
  explicit PayPal(RailAccount account) : account_(std::move(account)) {}

  Task<RailAnswer> send(Instruction to) override {
    net::Request request;
    request.method = net::Method::post;
    request.url = rail_urls().paypal + "/v1/payments/payouts";
    request.headers = {{"Content-Type", "application/json"}, {"PayPal-Request-Id", to.reference}};
    request.body = fmt::format(
        R"({{"sender_batch_header":{{"sender_batch_id":"po_{0}","recipient_type":"EMAIL"}},)"
        R"("items":[{{"recipient_type":"EMAIL","receiver":{1},"amount":{{"value":"{2}","currency":"{3}"}},)"
        R"("sender_item_id":"{0}"}}]}})",
        to.reference, quoted(to.account), major_units(to.amount), to.amount.currency.code());
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

  Task<bool> has_signed(std::function<std::string(std::string_view)> header, std::string body) {
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
    if (amount["value"].text() != major_units(to.amount) ||
        amount["currency"].text() != to.amount.currency.code())
      return unknown("the provider's item has another amount");
    const auto status = item["transaction_status"].text().value_or("");
    Outcome out{.state = PayoutState::submitted};
    if (const auto id = item["payout_item_id"].text()) out.external_id = std::string(*id);
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

Task<bool> is_signed_by_paypal(RailAccount account, std::function<std::string(std::string_view)> header,
                               std::string body) {
  PayPal client(std::move(account));
  co_return co_await client.has_signed(std::move(header), std::move(body));
}

}  // namespace tandem::payouts
