// Stripe Connect: transfers to connected accounts (docs.stripe.com/api/transfers). Synchronous: an answer of
// 200 is money in the account's balance. And the connected accounts themselves: making one, the page on which
// the partner says who it is, and whether it can be paid (docs.stripe.com/api/accounts, /account_links).
#include "base/encoding.hpp"
#include "base/json_view.hpp"
#include "payouts/adapters/clients.hpp"
#include "payouts/adapters/provider_call.hpp"
#include "payouts/submission.hpp"

namespace tandem::payouts {

namespace {

net::Request request_to(const RailAccount& account, const std::string& path) {
  net::Request out;
  out.url = rail_urls().stripe + path;
  out.headers = {{"Authorization", "Bearer " + account.secret}};
  return out;
}
net::Request form_to(const RailAccount& account, const std::string& path, const std::string& key,
                     std::string body) {
  auto out = request_to(account, path);
  out.method = net::Method::post;
  out.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  if (!key.empty()) out.headers.emplace_back("Idempotency-Key", key);
  out.body = std::move(body);
  return out;
}

/// Money can be sent to an account and leave it again: its capability `transfers` is active and its payouts
/// are enabled.
AccountStanding standing_of(const json::View& account) {
  if (account["capabilities"]["transfers"].text() == "active" &&
      account["payouts_enabled"].boolean().value_or(false))
    return {ConnectedAccountState::ready, std::nullopt};
  const auto reason = account["requirements"]["disabled_reason"].text();
  return {account["details_submitted"].boolean().value_or(false) ? ConnectedAccountState::restricted
                                                                 : ConnectedAccountState::onboarding,
          reason ? std::optional<std::string>(*reason) : std::nullopt};
}

class Stripe : public RailClient {
 public:
  explicit Stripe(RailAccount account) : account_(std::move(account)) {}

  Task<RailAnswer> send(Instruction instruction) override {
    if (!co_await is_ready(instruction.account)) co_return failed(std::string(kAccountNotReady));
    std::string currency = instruction.amount.currency.str();
    for (char& c : currency) c = static_cast<char>(c + 32);
    const auto answer = co_await call_provider(form_to(
        account_, "/v1/transfers", "payout-" + instruction.id.str(),
        fmt::format(
            "amount={}&currency={}&destination={}&transfer_group={}&metadata[payout]={}&description={}",
            instruction.amount.amount, currency, percent_encoded(instruction.account), instruction.id.str(),
            instruction.id.str(), instruction.reference)));
    if (!answer) co_return answer.error();
    const auto document = json::Document::parse(answer->body);
    if (!document) co_return unknown("the answer is not JSON");
    if (answer->status == 200) co_return read(document->root(), instruction);
    if (answer->status == 409) co_return unknown("the provider is still at it");
    const auto code = document->root()["error"]["code"].text();
    co_return failed(std::string(code.value_or("refused")));
  }

  Task<RailAnswer> look_up(Instruction instruction) override {
    const auto answer = co_await call_provider(
        request_to(account_, fmt::format("/v1/transfers?limit=1&transfer_group={}", instruction.id.str())));
    if (!answer) co_return unknown(answer.error().reason);
    const auto document = json::Document::parse(answer->body);
    if (!document || answer->status != 200) co_return unknown("the list of transfers is not readable");
    const auto transfers = document->root()["data"].items();
    if (transfers.empty()) co_return absent("the provider knows no such transfer");
    co_return read(transfers.front(), instruction);
  }

 private:
  /// What is known of an account may be old, so Stripe is asked before each transfer. When it does not say,
  /// it judges the transfer itself.
  Task<bool> is_ready(std::string account) const {
    const auto answer =
        co_await call_provider(request_to(account_, "/v1/accounts/" + percent_encoded(account)));
    if (!answer || answer->status != 200) co_return true;
    const auto document = json::Document::parse(answer->body);
    co_return !document || standing_of(document->root()).state == ConnectedAccountState::ready;
  }
  static RailAnswer read(const json::View& transfer, const Instruction& instruction) {
    std::string currency(transfer["currency"].text().value_or(""));
    for (char& c : currency)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (transfer["amount"].integer() != instruction.amount.amount ||
        currency != instruction.amount.currency.code() || !transfer["id"].text())
      return unknown("the provider's transfer has another amount");
    Outcome out{.state = PayoutState::paid};
    out.external_id = std::string(*transfer["id"].text());
    if (transfer["reversed"].boolean().value_or(false)) {
      out.state = PayoutState::returned;
      out.reason = "reversed";
    }
    return outcome(std::move(out));
  }

  RailAccount account_;
};

class StripeConnect : public ConnectClient {
 public:
  explicit StripeConnect(RailAccount account) : account_(std::move(account)) {}

  Task<std::expected<std::string, ProviderRefusal>> open(ConnectedAccountId id, Country country) override {
    const auto said = co_await ask_for(form_to(
        account_, "/v1/accounts", fmt::format("account-{}-{}", id.str(), country.str()),
        fmt::format("type=express&country={}&capabilities[transfers][requested]=true&metadata[account]={}",
                    country.str(), id.str())));
    if (!said) co_return std::unexpected(said.error());
    const auto name = said->root()["id"].text();
    if (!name || !name->starts_with("acct_")) co_return std::unexpected(unreadable());
    co_return std::string(*name);
  }

  Task<std::expected<LinkMade, ProviderRefusal>> link(LinkWanted wanted) override {
    const auto said = co_await ask_for(
        form_to(account_, "/v1/account_links", wanted.key,
                fmt::format("account={}&refresh_url={}&return_url={}&type=account_onboarding",
                            percent_encoded(wanted.external_id), percent_encoded(wanted.refresh_url),
                            percent_encoded(wanted.return_url))));
    if (!said) co_return std::unexpected(said.error());
    const auto url = said->root()["url"].text();
    const auto until = said->root()["expires_at"].integer();
    if (!url || !until || !Url::parse(*url)) co_return std::unexpected(unreadable());
    co_return LinkMade{std::string(*url), Timestamp::from_unix_seconds(*until)};
  }

  Task<std::expected<AccountStanding, ProviderRefusal>> ask(std::string external_id) override {
    const auto said = co_await ask_for(request_to(account_, "/v1/accounts/" + percent_encoded(external_id)));
    if (!said) co_return std::unexpected(said.error());
    co_return standing_of(said->root());
  }

 private:
  static ProviderRefusal unreadable() { return {false, "the answer is not readable"}; }

  Task<std::expected<json::Document, ProviderRefusal>> ask_for(net::Request request) const {
    auto answer = co_await call_provider(std::move(request));
    if (!answer) co_return std::unexpected(ProviderRefusal{false, answer.error().reason});
    auto document = json::Document::parse(answer->body);
    if (!document) co_return std::unexpected(unreadable());
    if (answer->status == 200) co_return *std::move(document);
    const auto code = document->root()["error"]["code"].text();
    // 409: another call with this key is not through yet.
    co_return std::unexpected(ProviderRefusal{answer->status != 409, std::string(code.value_or("refused"))});
  }

  RailAccount account_;
};

}  // namespace

std::unique_ptr<RailClient> stripe_client(RailAccount account) {
  return std::make_unique<Stripe>(std::move(account));
}

std::unique_ptr<ConnectClient> stripe_connect_client(RailAccount account) {
  return std::make_unique<StripeConnect>(std::move(account));
}

}  // namespace tandem::payouts
