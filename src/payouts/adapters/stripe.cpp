// Stripe Connect: transfers to connected accounts (docs.stripe.com/api/transfers). Synchronous: an answer of
// 200 is money in the account's balance.
#include "base/encoding.hpp"
#include "base/json_view.hpp"
#include "payouts/adapters/clients.hpp"
#include "payouts/adapters/provider_call.hpp"

namespace tandem::payouts {

namespace {

class Stripe : public RailClient {
 public:
  explicit Stripe(RailAccount account) : account_(std::move(account)) {}

  Task<RailAnswer> send(Instruction instruction) override {
    auto request = this->request("/v1/transfers");
    request.method = net::Method::post;
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.headers.emplace_back("Idempotency-Key", "payout-" + instruction.id.str());
    std::string currency = instruction.amount.currency.str();
    for (char& c : currency) c = static_cast<char>(c + 32);
    request.body = fmt::format("amount={}&currency={}&destination={}&transfer_group={}&metadata[payout]={}",
                               instruction.amount.amount, currency, percent_encoded(instruction.account),
                               instruction.id.str(), instruction.id.str());
    const auto answer = co_await call_provider(std::move(request));
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
        request(fmt::format("/v1/transfers?limit=1&transfer_group={}", instruction.id.str())));
    if (!answer) co_return unknown(answer.error().reason);
    const auto document = json::Document::parse(answer->body);
    if (!document || answer->status != 200) co_return unknown("the list of transfers is not readable");
    const auto transfers = document->root()["data"].items();
    if (transfers.empty()) co_return absent("the provider knows no such transfer");
    co_return read(transfers.front(), instruction);
  }

 private:
  net::Request request(const std::string& path) const {
    net::Request out;
    out.url = rail_urls().stripe + path;
    out.headers = {{"Authorization", "Bearer " + account_.secret}};
    return out;
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

}  // namespace

std::unique_ptr<RailClient> stripe_client(RailAccount account) {
  return std::make_unique<Stripe>(std::move(account));
}

}  // namespace tandem::payouts
