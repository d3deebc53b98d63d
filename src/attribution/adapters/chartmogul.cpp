#include "attribution/adapters/chartmogul.hpp"

#include "base/encoding.hpp"
#include "base/json_view.hpp"
#include "base/text.hpp"
#include "crypto/hmac.hpp"

namespace tandem::attribution {
namespace {

constexpr std::string_view kSource = "chartmogul";

std::optional<std::string> text_of(json::View value) {
  const auto text = value.text();
  return text && text->size() <= 255 ? std::optional(std::string(*text)) : std::nullopt;
}

AttributionHint who_of(std::optional<std::string> external_id, std::optional<std::string> uuid,
                       std::optional<std::string> email) {
  AttributionHint who;
  who.lead_external_id = std::move(external_id);
  who.lead_alias = std::move(uuid);
  who.email = std::move(email);
  return who;
}

/// A record as we wrote it ourselves.
class Record {
 public:
  explicit Record(json::View record) : record_(record) {}

  std::expected<Actions, Malformed> read() const {
    const auto action = json::enum_from<ChartMogulAction>(record_["action"].text().value_or(""));
    if (action == ChartMogulAction::unreadable)
      return std::unexpected(Malformed{std::string(record_["reason"].text().value_or("unreadable"))});
    const auto transaction = text_of(record_["transaction"]);
    const auto currency = Currency::parse(record_["currency"].text().value_or(""));
    const auto at = Timestamp::parse(record_["occurred_at"].text().value_or(""));
    const auto amount = record_["amount"].integer();
    if (!action || !transaction || !currency || !at || !amount)
      return std::unexpected(Malformed{"a damaged record"});
    switch (*action) {
      case ChartMogulAction::payment: return payment(*transaction, *currency, *at, *amount);
      case ChartMogulAction::refund: return refund(*transaction, *currency, *at);
      case ChartMogulAction::payment_disabled:
        return Actions{reversal(*transaction + ":disabled", *transaction, *currency, *at, *amount,
                                ReversalKind::credit_note)};
      case ChartMogulAction::refund_disabled:
      case ChartMogulAction::unreadable: break;
    }
    return std::unexpected(Malformed{"a refund that was taken into account was disabled: decide by hand"});
  }

 private:
  std::expected<Actions, Malformed> payment(const std::string& id, Currency currency, Timestamp at,
                                            std::int64_t amount) const {
    ConversionFacts facts;
    facts.source = kSource;
    facts.external_id = id;
    facts.kind = record_["is_subscription"].boolean().value_or(false) ? ConversionKind::subscription
                                                                      : ConversionKind::sale;
    facts.who = who_of(text_of(record_["customer_external_id"]), text_of(record_["customer"]),
                       text_of(record_["email"]));
    facts.gross = Decimal{amount, currency.exponent()};
    facts.tax = Decimal{record_["tax"].integer().value_or(0), currency.exponent()};
    facts.currency = currency;
    facts.plan = text_of(record_["plan"]);
    facts.occurred_at = at;
    for (const auto name : {"invoice", "invoice_number"})
      if (auto reference = text_of(record_[name])) facts.references.push_back(*std::move(reference));
    return Actions{std::move(facts)};
  }

  std::expected<Actions, Malformed> refund(const std::string& id, Currency currency, Timestamp at) const {
    Actions out;
    for (const auto& part : record_["parts"].items()) {
      const auto payment = text_of(part["payment"]);
      const auto amount = part["amount"].integer();
      if (!payment || !amount || *amount <= 0) return std::unexpected(Malformed{"a damaged record"});
      const std::string name = out.empty() ? id : fmt::format("{}:{}", id, out.size() + 1);
      out.emplace_back(reversal(name, *payment, currency, at, *amount, ReversalKind::refund));
    }
    if (out.empty()) return std::unexpected(Malformed{"a damaged record"});
    return out;
  }

  static ReversalFacts reversal(std::string id, std::string payment, Currency currency, Timestamp at,
                                std::int64_t amount, ReversalKind kind) {
    ReversalFacts facts;
    facts.source = kSource;
    facts.external_id = std::move(id);
    facts.kind = kind;
    facts.conversion = std::move(payment);
    facts.amount = Decimal{amount, currency.exponent()};
    facts.currency = currency;
    facts.occurred_at = at;
    return facts;
  }

  json::View record_;
};

class ChartMogulAdapter final : public ProviderAdapter {
 public:
  /// Unsigned: who knows the address is believed that something happened, and no more. Our own records do not
  /// come in this way.
  std::optional<Verified> verify(const Delivery& delivery, const std::vector<std::string>&) const override {
    const auto document = json::Document::parse(delivery.body);
    const auto type = document ? document->root()["type"].text() : std::nullopt;
    if (!type || type->starts_with("tandem.")) return std::nullopt;
    return Verified{"webhook:" + to_hex(crypto::sha256(delivery.body))};
  }

  std::expected<Actions, Malformed> read(std::string_view body) const override {
    const auto document = json::Document::parse(body);
    if (!document) return std::unexpected(Malformed{"the body is not JSON"});
    const auto root = document->root();
    const auto type = root["type"].text().value_or("");
    if (type == kChartMogulRecord) return Record(root).read();
    if (type != "mrr_movement") return Actions{Ignore{"not a movement"}};
    return Actions{PollSource{}};
  }
};

}  // namespace

const ProviderAdapter& chartmogul_adapter() {
  static const ChartMogulAdapter adapter;
  return adapter;
}

}  // namespace tandem::attribution
