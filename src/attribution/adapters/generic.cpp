// Our own form of billing events, signed as Standard Webhooks 1.0.0 (https://www.standardwebhooks.com):
// headers webhook-id, webhook-timestamp, webhook-signature (v1,<base64 HMAC-SHA256 of id.timestamp.body>),
// secret whsec_<base64>.
//
//   {"id": "evt_1", "type": "sale.created", "occurred_at": "2026-01-02T03:04:05Z", "data": {…}}
//
// type sale.created, subscription.paid: data.external_id, amount {amount, currency} in minor units, optional
// tax,
//   discount, cost (minor units), customer {external_id, email}, link_code, coupon, product, plan, country,
//   metadata, references […]
// type refund.created, credit_note.created: data.external_id, amount, conversion (external id or reference);
// optional
//   cumulative: true; without conversion link_code or coupon
// type dispute.opened, dispute.won, dispute.lost: data.external_id, conversion
#include <algorithm>
#include <array>
#include <charconv>

#include "attribution/inbound.hpp"
#include "base/encoding.hpp"
#include "base/json_view.hpp"
#include "base/text.hpp"
#include "crypto/hmac.hpp"
#include "crypto/token.hpp"

namespace tandem::attribution {
namespace {

constexpr std::int64_t kToleranceSeconds = 300;
constexpr std::size_t kNameMax = 255;

std::optional<std::string_view> header(const http::Pairs& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return std::nullopt;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// True when one of the space-separated "v1,<base64>" is ours.
bool signature_matches(std::string_view signatures, std::string_view signed_text, std::string_view secret) {
  const auto key = crypto::webhook_key(secret);
  if (!key) return false;
  const std::string expected = "v1," + to_base64(crypto::hmac_sha256(*key, signed_text));
  bool match = false;
  while (!signatures.empty()) {
    const auto space = signatures.find(' ');
    const auto one = signatures.substr(0, space);
    match = crypto::equal_in_constant_time(one, expected) || match;
    signatures.remove_prefix(space == std::string_view::npos ? signatures.size() : space + 1);
  }
  return match;
}

class Reader {
 public:
  explicit Reader(json::View event) : event_(event), data_(event["data"]) {}

  std::expected<Actions, Malformed> read() {
    const auto type = event_["type"].text();
    if (!type) return std::unexpected(Malformed{"type is missing"});
    if (!acts_on(*type))
      return Actions{Ignore{"type " + std::string(head_of(*type, 64)) + " is not one that we act on"}};
    const auto occurred_at = event_["occurred_at"].text();
    const auto at = occurred_at ? Timestamp::parse(*occurred_at) : std::nullopt;
    if (!at) return std::unexpected(Malformed{"occurred_at is missing or not an instant"});
    at_ = *at;
    const auto id = data_["external_id"].text();
    if (!id || id->size() > kNameMax)
      return std::unexpected(Malformed{"data.external_id is missing or too long"});
    external_id_ = *id;
    if (*type == "sale.created") return conversion(ConversionKind::sale);
    if (*type == "subscription.paid") return conversion(ConversionKind::subscription);
    if (*type == "refund.created") return reversal(ReversalKind::refund);
    if (*type == "credit_note.created") return reversal(ReversalKind::credit_note);
    if (*type == "dispute.opened") return dispute(DisputeState::open);
    if (*type == "dispute.won") return dispute(DisputeState::won);
    return dispute(DisputeState::lost);
  }

 private:
  static bool acts_on(std::string_view type) {
    constexpr std::array<std::string_view, 7> kTypes{
        "sale.created",   "subscription.paid", "refund.created", "credit_note.created",
        "dispute.opened", "dispute.won",       "dispute.lost"};
    return std::ranges::find(kTypes, type) != kTypes.end();
  }
  std::optional<std::string> text(std::string_view name) const {
    const auto value = data_[name].text();
    return value ? std::optional(std::string(head_of(*value, kNameMax))) : std::nullopt;
  }
  static std::optional<std::string> code(std::optional<std::string> text) {
    const auto parsed = text ? Code::parse(*text) : std::nullopt;
    return parsed ? std::optional(parsed->normalised()) : std::nullopt;
  }
  AttributionHint who() const {
    AttributionHint hint;
    hint.link_code = code(text("link_code"));
    hint.coupon_code = code(text("coupon"));
    const auto customer = data_["customer"];
    if (const auto id = customer["external_id"].text()) hint.lead_external_id = std::string(*id);
    const auto mail = customer["email"].text();
    if (const auto email = mail ? Email::parse(*mail) : std::nullopt) hint.email = email->normalised();
    return hint;
  }
  /// Minor units as an exact decimal in major units; absent = 0.
  std::optional<Decimal> part(std::string_view name, Currency currency) const {
    if (!data_[name].exists()) return Decimal{};
    const auto minor = data_[name].integer();
    if (!minor || *minor < 0 || *minor > kMaxAmount) return std::nullopt;
    return Decimal{*minor, currency.exponent()};
  }
  bool read_amount(std::int64_t least) {
    const auto amount = data_["amount"]["amount"].integer();
    const auto currency = data_["amount"]["currency"].text();
    const auto parsed = currency ? Currency::parse(*currency) : std::nullopt;
    if (!amount || *amount < least || *amount > kMaxAmount || !parsed) return false;
    currency_ = *parsed;
    amount_ = Decimal{*amount, parsed->exponent()};
    return true;
  }
  std::expected<Actions, Malformed> conversion(ConversionKind kind) {
    if (!read_amount(0)) return std::unexpected(Malformed{"data.amount is missing or out of range"});
    ConversionFacts facts;
    facts.source = "generic";
    facts.external_id = external_id_;
    facts.kind = kind;
    facts.who = who();
    if (!facts.who.names_somebody())
      return std::unexpected(Malformed{"data names no customer, link or coupon"});
    const auto tax = part("tax", currency_), discount = part("discount", currency_),
               cost = part("cost", currency_);
    if (!tax || !discount || !cost)
      return std::unexpected(Malformed{"tax, discount or cost is out of range"});
    facts.gross = amount_;
    facts.tax = *tax;
    facts.discount = *discount;
    facts.cost = *cost;
    facts.currency = currency_;
    facts.product = text("product");
    facts.plan = text("plan");
    facts.country = text("country");
    facts.occurred_at = at_;
    for (const auto& [key, value] : data_["metadata"].members())
      if (const auto v = value.text(); v && facts.metadata.size() < 20)
        facts.metadata.emplace_back(std::string(head_of(key, 64)), std::string(head_of(*v, kNameMax)));
    for (const auto& reference : data_["references"].items())
      if (const auto v = reference.text(); v && facts.references.size() < 10)
        facts.references.emplace_back(head_of(*v, kNameMax));
    return Actions{std::move(facts)};
  }
  std::expected<Actions, Malformed> reversal(ReversalKind kind) {
    if (!read_amount(1)) return std::unexpected(Malformed{"data.amount is missing or out of range"});
    ReversalFacts facts;
    facts.source = "generic";
    facts.external_id = external_id_;
    facts.kind = kind;
    facts.conversion = text("conversion");
    if (!facts.conversion) {
      facts.who = who();
      if (!facts.who.link_code && !facts.who.coupon_code)
        return std::unexpected(Malformed{"data names no conversion, link or coupon"});
    }
    facts.amount = amount_;
    facts.is_cumulative = data_["cumulative"].boolean().value_or(false);
    facts.currency = currency_;
    facts.occurred_at = at_;
    return Actions{std::move(facts)};
  }
  std::expected<Actions, Malformed> dispute(DisputeState state) {
    const auto conversion = text("conversion");
    if (!conversion) return std::unexpected(Malformed{"data.conversion is missing"});
    return Actions{DisputeFacts{"generic", external_id_, *conversion, state, at_}};
  }

  json::View event_, data_;
  std::string external_id_;
  Timestamp at_;
  Currency currency_;
  Decimal amount_;
};

class GenericAdapter final : public ProviderAdapter {
 public:
  std::optional<Verified> verify(const Delivery& delivery,
                                 const std::vector<std::string>& secrets) const override {
    const auto id = header(delivery.headers, "webhook-id");
    const auto timestamp = header(delivery.headers, "webhook-timestamp");
    const auto signature = header(delivery.headers, "webhook-signature");
    if (!id || id->empty() || id->size() > kNameMax || !is_clean_text(*id) || !timestamp || !signature)
      return std::nullopt;
    const auto seconds = number(*timestamp);
    if (!seconds || std::abs(delivery.now.unix_seconds() - *seconds) > kToleranceSeconds) return std::nullopt;
    std::string text(*id);
    text += '.';
    text += *timestamp;
    text += '.';
    text += delivery.body;
    const bool ours = std::ranges::any_of(
        secrets, [&](const std::string& secret) { return signature_matches(*signature, text, secret); });
    if (!ours) return std::nullopt;
    return Verified{std::string(*id)};
  }
  std::expected<Actions, Malformed> read(std::string_view body) const override {
    const auto document = json::Document::parse(body);
    if (!document) return std::unexpected(Malformed{"the body is not JSON"});
    return Reader(document->root()).read();
  }
};

}  // namespace

const ProviderAdapter& generic_adapter() {
  static const GenericAdapter adapter;
  return adapter;
}

}  // namespace tandem::attribution
