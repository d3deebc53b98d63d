// Stripe's events, as docs.stripe.com describes them: Stripe-Signature t=…,v1=hex(HMAC-SHA256(secret,
// t.body)). Both shapes are read: before and from API version 2025-03-31.basil (an invoice without charge and
// payment intent, a charge without invoice; then invoice_payment.paid joins them).
//
//   invoice.paid                 a subscription payment, or a sale (billing_reason manual)
//   checkout.session.completed   mode payment: a sale; mode subscription: names the customer, the invoice
//   brings the money invoice_payment.paid         names an invoice's payment intent charge.refunded a refund;
//   amount_refunded is cumulative charge.dispute.created       holds the earning; closed: won releases it,
//   lost takes it back
#include <algorithm>
#include <array>
#include <charconv>

#include "attribution/inbound.hpp"
#include "base/encoding.hpp"
#include "base/json_view.hpp"
#include "base/text.hpp"
#include "crypto/hmac.hpp"

namespace tandem::attribution {
namespace {

constexpr std::int64_t kToleranceSeconds = 300;
constexpr std::string_view kSource = "stripe";

/// An id that may be expanded: "cus_1" or {"id": "cus_1", …}.
std::optional<std::string> id_of(json::View value) {
  if (const auto text = value.text()) return std::string(*text);
  if (const auto text = value["id"].text()) return std::string(*text);
  return std::nullopt;
}

std::optional<Currency> currency_of(json::View value) {
  const auto text = value.text();
  if (!text || text->size() != 3) return std::nullopt;
  std::string upper(*text);
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return Currency::parse(upper);
}

std::optional<std::string> email_of(json::View value) {
  const auto text = value.text();
  const auto email = text ? Email::parse(*text) : std::nullopt;
  return email ? std::optional(email->normalised()) : std::nullopt;
}

std::optional<Decimal> amount_of(json::View value, Currency currency) {
  const auto minor = value.integer();
  if (!minor || *minor < 0 || *minor > kMaxAmount) return std::nullopt;
  return Decimal{*minor, currency.exponent()};
}

class Reader {
 public:
  explicit Reader(json::View event)
      : event_(event), object_(event["data"]["object"]), created_(event["created"].integer()) {}

  std::expected<Actions, Malformed> read() {
    const auto type = event_["type"].text();
    if (!type) return std::unexpected(Malformed{"not a Stripe event"});
    if (!acts_on(*type))
      return Actions{Ignore{"type " + std::string(head_of(*type, 64)) + " is not one that we act on"}};
    const auto id = object_["id"].text();
    if (!id || !created_) return std::unexpected(Malformed{"not a Stripe event"});
    id_ = *id;
    at_ = Timestamp::from_unix_seconds(*created_);
    if (*type == "invoice.paid") return invoice_paid();
    if (*type == "invoice_payment.paid") return invoice_payment();
    if (*type == "checkout.session.completed" || *type == "checkout.session.async_payment_succeeded")
      return checkout();
    if (*type == "charge.refunded") return refunded();
    if (*type == "charge.dispute.created") return dispute(DisputeState::open);
    const auto status = object_["status"].text().value_or("");
    if (status == "won" || status == "warning_closed") return dispute(DisputeState::won);
    if (status == "lost") return dispute(DisputeState::lost);
    return Actions{Ignore{"a dispute that was closed neither won nor lost"}};
  }

 private:
  static bool acts_on(std::string_view type) {
    constexpr std::array<std::string_view, 7> kTypes{"invoice.paid",
                                                     "invoice_payment.paid",
                                                     "checkout.session.completed",
                                                     "checkout.session.async_payment_succeeded",
                                                     "charge.refunded",
                                                     "charge.dispute.created",
                                                     "charge.dispute.closed"};
    return std::ranges::find(kTypes, type) != kTypes.end();
  }
  AttributionHint customer_hint(std::optional<std::string> customer, std::optional<std::string> email) const {
    AttributionHint hint;
    hint.lead_external_id = customer;
    hint.lead_alias = customer;
    hint.email = std::move(email);
    if (const auto reference = object_["client_reference_id"].text())
      hint.lead_external_id = std::string(*reference);
    if (const auto coupon = object_["metadata"]["tandem_coupon"].text())
      if (const auto code = Code::parse(*coupon)) hint.coupon_code = code->normalised();
    return hint;
  }
  void add_names(ConversionFacts& facts) const {
    for (const auto key : {"payment_intent", "charge"})
      if (const auto id = id_of(object_[key])) facts.references.push_back(*id);
  }

  std::expected<Actions, Malformed> invoice_paid() {
    const auto currency = currency_of(object_["currency"]);
    const auto paid = currency ? amount_of(object_["amount_paid"], *currency) : std::nullopt;
    if (!paid) return std::unexpected(Malformed{"invoice without amount_paid or currency"});
    if (paid->sign() == 0) return Actions{Ignore{"nothing was paid"}};
    const bool by_hand = object_["billing_reason"].text().value_or("") == "manual";
    ConversionFacts facts;
    facts.source = kSource;
    facts.external_id = id_;
    facts.kind = by_hand ? ConversionKind::sale : ConversionKind::subscription;
    facts.who = customer_hint(id_of(object_["customer"]), email_of(object_["customer_email"]));
    facts.gross = *paid;
    facts.currency = *currency;
    const auto total = object_["total"].integer(), without_tax = object_["total_excluding_tax"].integer();
    if (total && without_tax && *total > *without_tax)
      facts.tax = Decimal{*total - *without_tax, currency->exponent()};
    if (const auto paid_at = object_["status_transitions"]["paid_at"].integer())
      facts.occurred_at = Timestamp::from_unix_seconds(*paid_at);
    else
      facts.occurred_at = at_;
    for (const auto& line : object_["lines"]["data"].items()) {
      const auto product = id_of(line["price"]["product"]);
      const auto newer = id_of(line["pricing"]["price_details"]["product"]);
      if (product || newer) {
        facts.product = product ? product : newer;
        facts.plan = id_of(line["price"]);
        break;
      }
    }
    if (const auto country = object_["customer_address"]["country"].text())
      facts.country = std::string(*country);
    add_names(facts);
    return Actions{std::move(facts)};
  }

  std::expected<Actions, Malformed> invoice_payment() const {
    const auto invoice = id_of(object_["invoice"]);
    const auto payment = object_["payment"];
    const auto intent = id_of(payment["payment_intent"]), charge = id_of(payment["charge"]);
    if (!invoice || (!intent && !charge)) return Actions{Ignore{"an invoice payment without an intent"}};
    Actions out;
    if (intent) out.emplace_back(ReferenceLink{std::string(kSource), *invoice, *intent});
    if (charge) out.emplace_back(ReferenceLink{std::string(kSource), *invoice, *charge});
    return out;
  }

  std::expected<Actions, Malformed> checkout() {
    const auto customer = id_of(object_["customer"]);
    auto hint = customer_hint(customer, email_of(object_["customer_details"]["email"]));
    Actions out;
    if (customer) out.emplace_back(LeadAlias{hint, std::string(kSource), *customer});
    if (object_["mode"].text().value_or("") != "payment") {
      if (out.empty()) return Actions{Ignore{"its invoice brings the money"}};
      return out;
    }
    if (object_["payment_status"].text().value_or("") != "paid") {
      out.emplace_back(Ignore{"not paid yet"});
      return out;
    }
    const auto currency = currency_of(object_["currency"]);
    const auto total = currency ? amount_of(object_["amount_total"], *currency) : std::nullopt;
    if (!total) return std::unexpected(Malformed{"session without amount_total or currency"});
    if (total->sign() == 0) return Actions{Ignore{"nothing was paid"}};
    ConversionFacts facts;
    facts.source = kSource;
    facts.external_id = id_;
    facts.kind = ConversionKind::sale;
    facts.who = std::move(hint);
    facts.gross = *total;
    facts.currency = *currency;
    if (const auto tax = amount_of(object_["total_details"]["amount_tax"], *currency)) facts.tax = *tax;
    if (const auto country = object_["customer_details"]["address"]["country"].text())
      facts.country = std::string(*country);
    facts.occurred_at = at_;
    add_names(facts);
    out.emplace_back(std::move(facts));
    return out;
  }

  /// The name under which the charge's conversion is known: its invoice, else its payment intent, else
  /// itself.
  std::optional<std::string> conversion_of_charge() const {
    if (const auto invoice = id_of(object_["invoice"])) return invoice;
    return id_of(object_["payment_intent"]);
  }

  std::expected<Actions, Malformed> refunded() const {
    const auto currency = currency_of(object_["currency"]);
    const auto refunded = currency ? amount_of(object_["amount_refunded"], *currency) : std::nullopt;
    if (!refunded || refunded->sign() == 0)
      return std::unexpected(Malformed{"charge without amount_refunded or currency"});
    ReversalFacts facts;
    facts.source = kSource;
    // One charge may be refunded several times; what is told is the total so far.
    facts.external_id = "refund:" + id_ + ":" + std::to_string(*object_["amount_refunded"].integer());
    facts.kind = ReversalKind::refund;
    facts.conversion = conversion_of_charge().value_or(id_);
    facts.amount = *refunded;
    facts.is_cumulative = true;
    facts.currency = *currency;
    facts.occurred_at = at_;
    return Actions{std::move(facts)};
  }

  std::expected<Actions, Malformed> dispute(DisputeState state) const {
    const auto intent = id_of(object_["payment_intent"]), charge = id_of(object_["charge"]);
    if (!intent && !charge) return std::unexpected(Malformed{"a dispute without a charge"});
    return Actions{DisputeFacts{std::string(kSource), id_, intent ? *intent : *charge, state, at_}};
  }

  json::View event_, object_;
  std::optional<std::int64_t> created_;
  std::string id_;
  Timestamp at_;
};

class StripeAdapter final : public ProviderAdapter {
 public:
  std::optional<Verified> verify(const Delivery& delivery,
                                 const std::vector<std::string>& secrets) const override {
    std::string_view header;
    for (const auto& [name, value] : delivery.headers)
      if (name == "stripe-signature") header = value;
    std::string_view timestamp;
    std::vector<std::string_view> signatures;
    while (!header.empty()) {
      const auto comma = header.find(',');
      const auto part = header.substr(0, comma);
      if (part.starts_with("t=")) timestamp = part.substr(2);
      if (part.starts_with("v1=")) signatures.push_back(part.substr(3));
      header.remove_prefix(comma == std::string_view::npos ? header.size() : comma + 1);
    }
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
    if (timestamp.empty() || error != std::errc{} || end != timestamp.data() + timestamp.size())
      return std::nullopt;
    if (std::abs(delivery.now.unix_seconds() - seconds) > kToleranceSeconds) return std::nullopt;
    std::string text(timestamp);
    text += '.';
    text += delivery.body;
    bool ours = false;
    for (const auto& secret : secrets) {
      const std::string expected = to_hex(crypto::hmac_sha256(secret, text));
      for (const auto signature : signatures)
        ours = crypto::equal_in_constant_time(signature, expected) || ours;
    }
    if (!ours) return std::nullopt;
    const auto document = json::Document::parse(delivery.body);
    const auto id = document ? document->root()["id"].text() : std::nullopt;
    if (!id || id->size() > 255) return std::nullopt;
    return Verified{std::string(*id)};
  }
  std::expected<Actions, Malformed> read(std::string_view body) const override {
    const auto document = json::Document::parse(body);
    if (!document) return std::unexpected(Malformed{"the body is not JSON"});
    return Reader(document->root()).read();
  }
};

}  // namespace

const ProviderAdapter& stripe_adapter() {
  static const StripeAdapter adapter;
  return adapter;
}

}  // namespace tandem::attribution
