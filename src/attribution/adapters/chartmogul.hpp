// ChartMogul's wire format. Money comes from GET /v1/invoices, which the poller walks (chartmogul_poll.hpp);
// the only webhook, mrr_movement, is unsigned, has no id and does not cover everything, so it names a
// customer and triggers a walk. Pure; used by the poller and by the inbound worker.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attribution/inbound.hpp"

namespace tandem::attribution {

/// A payment that a refund takes back, in minor units.
struct ChartMogulPart {
  std::string payment;
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(ChartMogulPart, (), (payment, amount))

enum class ChartMogulAction : int { payment, refund, payment_disabled, refund_disabled, unreadable };
BOOST_DESCRIBE_ENUM(ChartMogulAction, payment, refund, payment_disabled, refund_disabled, unreadable)

/// What is stored of one transaction of an invoice: the facts that count and no more. Amounts in minor units.
struct ChartMogulRecord {
  std::string type;  // kChartMogulRecord
  ChartMogulAction action{};
  std::string transaction;
  std::string invoice;
  std::optional<std::string> invoice_number;
  std::string currency;
  std::int64_t amount = 0, tax = 0;
  std::string occurred_at;
  bool is_subscription = false;
  std::optional<std::string> plan, customer, customer_external_id;
  std::optional<std::string> email;  // looked up apart; not part of what is compared
  std::vector<ChartMogulPart> parts;
  std::optional<std::string> reason;  // of unreadable ones
};
BOOST_DESCRIBE_STRUCT(ChartMogulRecord, (),
                      (type, action, transaction, invoice, invoice_number, currency, amount, tax, occurred_at,
                       is_subscription, plan, customer, customer_external_id, email, parts, reason))
inline constexpr std::string_view kChartMogulRecord = "tandem.chartmogul_transaction";

struct ChartMogulTransaction {
  std::string event_id;  // tr_…, or tr_…:disabled
  std::optional<std::string>
      after;  // stored only when this event is known: what we never saw need not be undone
  ChartMogulRecord record;
};
struct ChartMogulPage {
  std::vector<ChartMogulTransaction>
      transactions;  // of one invoice: payments, refunds, then what is disabled
  std::optional<std::string> cursor;
  bool has_more = false;
};

/// Reads {"invoices": […], "cursor": …, "has_more": …}. An invoice or transaction that cannot be read becomes
/// an unreadable record, which is parked for a person; the error is of a whole page.
std::expected<ChartMogulPage, Malformed> read_chartmogul_page(std::string_view body);
/// The e-mail of GET /v1/customers/{uuid}, normalised; nullopt when there is none.
std::optional<std::string> read_chartmogul_email(std::string_view body);

const ProviderAdapter& chartmogul_adapter();

}  // namespace tandem::attribution
