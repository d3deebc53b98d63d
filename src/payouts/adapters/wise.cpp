// Wise: quote, recipient, transfer, payment out of the balance (docs.wise.com). The transfer is made once for
// each customerTransactionId, and paid once: so the whole walk may be repeated from the beginning.
#include "base/encoding.hpp"
#include "base/json_view.hpp"
#include "payouts/adapters/clients.hpp"
#include "payouts/adapters/provider_call.hpp"

namespace tandem::payouts {

namespace {

class Wise : public RailClient {
 public:
  explicit Wise(RailAccount account) : account_(std::move(account)) {}

  Task<RailAnswer> send(Instruction instruction) override {
    if (instruction.external_id.empty()) {
      const auto made = co_await make_transfer(instruction);
      if (!made) co_return made.error();
      instruction.external_id = *made;
    }
    const auto known = co_await look_up(instruction);
    if (known.kind != RailAnswer::Kind::absent) co_return known;
    co_return co_await fund(instruction);
  }

  /// A transfer that waits for its money counts as absent: what is missing may be done.
  Task<RailAnswer> look_up(Instruction instruction) override {
    if (instruction.external_id.empty()) co_return absent("no transfer is known");
    const auto answer = co_await call_provider(request("/v1/transfers/" + instruction.external_id));
    if (!answer) co_return unknown(answer.error().reason);
    const auto document = json::Document::parse(answer->body);
    if (!document || answer->status != 200) co_return unknown("the transfer is not readable");
    const auto value = document->root()["targetValue"].decimal();
    const auto amount = value ? value->exact(instruction.amount.currency.exponent()) : std::nullopt;
    if (amount != instruction.amount.amount ||
        document->root()["targetCurrency"].text() != instruction.amount.currency.code())
      co_return unknown("the provider's transfer has another amount");
    auto known = read(document->root()["status"].text().value_or("unknown"), instruction);
    const auto quote = document->root()["quoteUuid"].text();
    const auto source = Currency::parse(document->root()["sourceCurrency"].text().value_or(""));
    if (known.kind == RailAnswer::Kind::outcome && known.outcome.state == PayoutState::paid && quote &&
        source && *source != instruction.amount.currency) {
      known.outcome.source = co_await taken(std::string(*quote), *source);
      if (!known.outcome.source) co_return unknown("the transfer's quote is not readable");
    }
    co_return known;
  }

 private:
  net::Request request(const std::string& path) const {
    net::Request out;
    out.url = rail_urls().wise + path;
    out.headers = {{"Authorization", "Bearer " + account_.secret}};
    return out;
  }
  net::Request post(const std::string& path, std::string body) const {
    auto out = request(path);
    out.method = net::Method::post;
    out.headers.emplace_back("Content-Type", "application/json");
    out.body = std::move(body);
    return out;
  }

  static RailAnswer read(std::string_view status, const Instruction& instruction) {
    Outcome out{.state = PayoutState::submitted};
    out.external_id = instruction.external_id;
    if (status == "incoming_payment_waiting") return absent("the transfer waits for its money");
    if (status == "outgoing_payment_sent") out.state = PayoutState::paid;
    if (status == "cancelled") out.state = PayoutState::failed;
    if (status == "bounced_back" || status == "funds_refunded" || status == "charged_back")
      out.state = PayoutState::returned;
    if (out.state == PayoutState::failed || out.state == PayoutState::returned)
      out.reason = std::string(status);
    return outcome(std::move(out));
  }

  /// What a quote takes from the balance, with its fee.
  Task<std::optional<Money>> taken(std::string quote, Currency source) {
    const auto answer = co_await call_provider(
        request(fmt::format("/v3/profiles/{}/quotes/{}", account_.profile, percent_encoded(quote))));
    if (!answer || answer->status != 200) co_return std::nullopt;
    const auto document = json::Document::parse(answer->body);
    if (!document) co_return std::nullopt;
    for (const auto option : document->root()["paymentOptions"].items()) {
      if (option["payIn"].text() != "BALANCE") continue;
      const auto value = option["sourceAmount"].decimal();
      const auto amount = value ? value->exact(source.exponent()) : std::nullopt;
      co_return amount && *amount > 0 ? std::optional(Money{*amount, source}) : std::nullopt;
    }
    co_return std::nullopt;
  }

  /// The words of a refusal: {"errors":[{"code":…}]} or {"error":…}.
  static RailAnswer refused(const std::string& body) {
    const auto document = json::Document::parse(body);
    if (!document) return failed("refused");
    const auto errors = document->root()["errors"].items();
    const auto code = errors.empty() ? document->root()["error"].text() : errors.front()["code"].text();
    return failed(std::string(code.value_or("refused")));
  }

  std::string recipient_of(const Instruction& to) const {
    const std::string currency = to.amount.currency.str();
    std::string type = "iban", details;
    if (to.account.contains('@')) {
      type = "email";
      details = fmt::format(R"("email":{})", quoted(to.account));
    } else if (is_iban(to.account)) {
      details = fmt::format(R"("legalType":"BUSINESS","IBAN":{})", quoted(to.account));
    } else {
      type = currency == "GBP" ? "sort_code" : "aba";
      details =
          fmt::format(R"("legalType":"BUSINESS","{}":{},"accountNumber":{})",
                      currency == "GBP" ? "sortCode" : "abartn", quoted(to.bank_code), quoted(to.account));
    }
    return fmt::format(
        R"({{"currency":"{}","type":"{}","profile":{},"accountHolderName":{},"details":{{{}}}}})", currency,
        type, account_.profile, quoted(to.holder_name), details);
  }

  Task<std::expected<std::string, RailAnswer>> make_transfer(Instruction to) {
    const std::string source =
        account_.source_currency ? account_.source_currency->str() : to.amount.currency.str();
    const auto quote = co_await call_provider(post(
        fmt::format("/v3/profiles/{}/quotes", account_.profile),
        fmt::format(
            R"({{"sourceCurrency":"{}","targetCurrency":"{}","targetAmount":{},"payOut":"BANK_TRANSFER"}})",
            source, to.amount.currency.code(), major_units(to.amount))));
    // Neither a quote nor a recipient moves money: without them nothing has happened.
    if (!quote) co_return std::unexpected(absent(quote.error().reason));
    const auto quoted = json::Document::parse(quote->body);
    const auto quote_id = quoted ? quoted->root()["id"].text() : std::nullopt;
    if (!quote_id) co_return std::unexpected(refused(quote->body));
    const auto recipient = co_await call_provider(post("/v1/accounts", recipient_of(to)));
    if (!recipient) co_return std::unexpected(absent(recipient.error().reason));
    const auto known = json::Document::parse(recipient->body);
    const auto recipient_id = known ? known->root()["id"].integer() : std::nullopt;
    if (!recipient_id) co_return std::unexpected(refused(recipient->body));
    const auto transfer = co_await call_provider(post(
        "/v1/transfers",
        fmt::format(
            R"({{"targetAccount":{},"quoteUuid":"{}","customerTransactionId":"{}","details":{{"reference":"{}"}}}})",
            *recipient_id, *quote_id, to.id.str(), to.reference.substr(0, 10))));
    if (!transfer) co_return std::unexpected(transfer.error());
    const auto made = json::Document::parse(transfer->body);
    const auto id = made ? made->root()["id"].integer() : std::nullopt;
    if (!id) co_return std::unexpected(refused(transfer->body));
    co_return std::to_string(*id);
  }

  Task<RailAnswer> fund(Instruction to) {
    const auto answer = co_await call_provider(
        post(fmt::format("/v3/profiles/{}/transfers/{}/payments", account_.profile, to.external_id),
             R"({"type":"BALANCE"})"));
    if (!answer) co_return remembering(unknown(answer.error().reason), to);
    const auto document = json::Document::parse(answer->body);
    const auto status = document ? document->root()["status"].text() : std::nullopt;
    if (status == "COMPLETED") {
      Outcome out{.state = PayoutState::submitted};
      out.external_id = to.external_id;
      co_return outcome(std::move(out));
    }
    if (status != "REJECTED") co_return remembering(unknown("the payment is not readable"), to);
    // Not paid: the transfer is withdrawn, so that it is not paid some other way after its earnings are due
    // again.
    auto cancel = request("/v1/transfers/" + to.external_id + "/cancel");
    cancel.method = net::Method::put;
    const auto cancelled = co_await call_provider(std::move(cancel));
    if (!cancelled || cancelled->status != 200)
      co_return remembering(unknown("the transfer was not cancelled"), to);
    auto out = failed(std::string(document->root()["errorCode"].text().value_or("rejected")));
    out.outcome.external_id = to.external_id;
    co_return out;
  }
  static RailAnswer remembering(RailAnswer answer, const Instruction& to) {
    answer.outcome.external_id = to.external_id;
    return answer;
  }

  RailAccount account_;
};

}  // namespace

std::unique_ptr<RailClient> wise_client(RailAccount account) {
  return std::make_unique<Wise>(std::move(account));
}

}  // namespace tandem::payouts
