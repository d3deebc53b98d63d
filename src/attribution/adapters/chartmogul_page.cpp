// Invoices to transactions. An invoice's amount is the sum of its lines' amount_in_cents, which is what was
// charged after discounts, taxes and fees; a transaction without an amount is of the whole invoice.
#include <algorithm>
#include <tuple>

#include "attribution/adapters/chartmogul.hpp"
#include "base/json_view.hpp"
#include "base/text.hpp"

namespace tandem::attribution {
namespace {

constexpr std::size_t kPageMax = 4 * 1024 * 1024;
constexpr std::size_t kIdMax = 200;  // leaves room for ":disabled" within 255

std::optional<std::string> text_of(json::View value, std::size_t bytes_max = kIdMax) {
  const auto text = value.text();
  if (!text || text->size() > bytes_max || !is_clean_text(*text)) return std::nullopt;
  return std::string(*text);
}

struct Payment {
  std::string id;
  std::int64_t left = 0;
};

class Invoice {
 public:
  explicit Invoice(json::View invoice) : invoice_(invoice) {}

  void read_into(std::vector<ChartMogulTransaction>& out) {
    common_.type = kChartMogulRecord;
    const auto id = text_of(invoice_["uuid"]);
    if (!id) return;  // without a name there is nothing to store it under
    common_.invoice = *id;
    if (!read_common()) {
      ChartMogulTransaction& bad = out.emplace_back(*id, std::nullopt, common_);
      bad.record.action = ChartMogulAction::unreadable;
      bad.record.reason = "the invoice has no currency that we know, or amounts out of range";
      return;
    }
    // Refunds find the payments of their invoice before them, the earlier payment first.
    const auto transactions = invoice_["transactions"].items();
    std::vector<std::tuple<bool, std::string_view, std::size_t>> order;
    for (std::size_t i = 0; i < transactions.size(); ++i)
      order.emplace_back(transactions[i]["type"].text() == "refund",
                         transactions[i]["date"].text().value_or(""), i);
    std::ranges::sort(order);
    for (const auto& [is_refund, date, i] : order) read_transaction(transactions[i], out);
  }

 private:
  bool read_common() {
    const auto currency = invoice_["currency"].text();
    const auto parsed = currency ? Currency::parse(*currency) : std::nullopt;
    if (!parsed) return false;
    common_.currency = parsed->str();
    common_.invoice_number = text_of(invoice_["external_id"]);
    common_.customer = text_of(invoice_["customer_uuid"]);
    common_.customer_external_id = text_of(invoice_["customer_external_id"], 255);
    for (const auto& line : invoice_["line_items"].items()) {
      const auto amount = line["amount_in_cents"].integer();
      const auto tax = line["tax_amount_in_cents"].integer().value_or(0);
      if (!amount || *amount > kMaxAmount || *amount < -kMaxAmount || tax > kMaxAmount || tax < -kMaxAmount)
        return false;
      total_ += *amount;
      tax_ += tax;
      if (line["type"].text() == "subscription") common_.is_subscription = true;
      if (!common_.plan) common_.plan = text_of(line["plan_uuid"]);
    }
    return total_ <= kMaxAmount && tax_ <= kMaxAmount;
  }

  void read_transaction(json::View transaction, std::vector<ChartMogulTransaction>& out) {
    const auto id = text_of(transaction["uuid"]);
    if (!id || transaction["result"].text() != "successful") return;
    ChartMogulRecord record = common_;
    record.transaction = *id;
    const auto type = transaction["type"].text();
    const auto date = transaction["date"].text();
    const auto at = date ? Timestamp::parse(*date) : std::nullopt;
    const std::int64_t amount = transaction["amount_in_cents"].integer().value_or(total_);
    if ((type != "payment" && type != "refund") || !at || amount < 0 || amount > kMaxAmount) {
      record.action = ChartMogulAction::unreadable;
      record.reason = "the transaction has no type, date or amount that we know";
      out.emplace_back(*id, std::nullopt, std::move(record));
      return;
    }
    record.occurred_at = at->str();
    record.amount = amount;
    const bool is_payment = type == "payment";
    const bool is_disabled =
        transaction["disabled"].boolean().value_or(false) || invoice_["disabled"].boolean().value_or(false);
    if (is_disabled) {
      record.action = is_payment ? ChartMogulAction::payment_disabled : ChartMogulAction::refund_disabled;
      out.emplace_back(*id + ":disabled", *id, std::move(record));
      return;
    }
    if (is_payment) {
      record.action = ChartMogulAction::payment;
      record.tax = tax_of(amount);
      payments_.push_back({*id, amount});
    } else {
      record.action = ChartMogulAction::refund;
      record.parts = take(amount);
    }
    if (amount > 0) out.emplace_back(*id, std::nullopt, std::move(record));
  }

  /// The tax in a payment: its share of the invoice's, rounded once.
  std::int64_t tax_of(std::int64_t amount) const {
    if (tax_ <= 0 || total_ <= 0) return 0;
    if (amount >= total_) return std::min(tax_, amount);
    return divide_rounded(static_cast<__int128>(tax_) * amount, total_);
  }

  /// Spreads a refund over the payments, the first one first. What exceeds them goes to the last, where it is
  /// cut.
  std::vector<ChartMogulPart> take(std::int64_t amount) {
    std::vector<ChartMogulPart> parts;
    for (auto& payment : payments_) {
      const std::int64_t part = std::min(amount, payment.left);
      if (part <= 0) continue;
      payment.left -= part;
      amount -= part;
      parts.push_back({payment.id, part});
    }
    if (amount > 0 && !parts.empty()) parts.back().amount += amount;
    if (parts.empty()) parts.push_back({payments_.empty() ? common_.invoice : payments_.back().id, amount});
    return parts;
  }

  json::View invoice_;
  ChartMogulRecord common_;
  std::int64_t total_ = 0, tax_ = 0;
  std::vector<Payment> payments_;
};

}  // namespace

std::expected<ChartMogulPage, Malformed> read_chartmogul_page(std::string_view body) {
  const auto document = json::Document::parse(body, kPageMax);
  if (!document) return std::unexpected(Malformed{"the page is not JSON"});
  const auto root = document->root();
  const auto has_more = root["has_more"].boolean();
  if (!root["invoices"].exists() || !has_more) return std::unexpected(Malformed{"not a page of invoices"});
  ChartMogulPage page;
  page.has_more = *has_more;
  page.cursor = text_of(root["cursor"], 1024);
  if (page.has_more && !page.cursor) return std::unexpected(Malformed{"a page with more and no cursor"});
  for (const auto& invoice : root["invoices"].items()) Invoice(invoice).read_into(page.transactions);
  return page;
}

std::optional<std::string> read_chartmogul_email(std::string_view body) {
  const auto document = json::Document::parse(body, kPageMax);
  const auto text = document ? document->root()["email"].text() : std::nullopt;
  const auto email = text ? Email::parse(*text) : std::nullopt;
  return email ? std::optional(email->normalised()) : std::nullopt;
}

}  // namespace tandem::attribution
