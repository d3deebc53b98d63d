// ChartMogul as far as the poller needs it: GET /v1/ping, /v1/invoices by cursor and /v1/customers/{uuid},
// with Basic authentication, the documented refusals, and faults on demand. In tests only; it runs on the
// test's event loop.
#pragma once
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "support/local_server.hpp"

namespace tandem::test {

struct EmulatedTransaction {
  std::string uuid, type = "payment", date = "2026-03-11T08:00:03.000Z", result = "successful";
  std::optional<std::int64_t> amount_in_cents{};
  bool disabled = false;
};
struct EmulatedLine {
  std::int64_t amount_in_cents = 0, tax_amount_in_cents = 0;
  std::string type = "subscription", plan_uuid = "pl_1";
};
struct EmulatedInvoice {
  std::string uuid, customer_uuid = "cus_1", customer_external_id = "acct_1", currency = "USD";
  std::vector<EmulatedLine> lines;
  std::vector<EmulatedTransaction> transactions;
  bool disabled = false;
};

/// What happens to the next matching call instead of its answer.
struct EmulatedFault {
  int status = 503;           // 0: the connection is closed without a word
  std::string headers{};      // "Retry-After: 7\r\n"
  std::string path{};         // of calls whose target begins so; empty: of any
  bool is_malformed = false;  // 200 with half a body
};

class ChartMogulEmulator {
 public:
  ChartMogulEmulator(boost::asio::any_io_executor executor, std::string api_key);

  std::string base_url() const { return fmt::format("http://127.0.0.1:{}", server_.port()); }
  std::vector<EmulatedInvoice> invoices;      // in the order of the list
  std::map<std::string, std::string> emails;  // by customer uuid
  std::deque<EmulatedFault> faults;
  std::vector<std::string> journal;  // method and target of each call
  std::size_t page_size_max = 200;   // a page is never longer, whatever per_page says
  std::size_t duplicates = 0;        // invoices of the page before that are listed again, as lists do that
                                     // grow while they are read
  /// Pages begun so far.
  std::size_t calls(std::string_view target_prefix) const;

 private:
  Task<> answer(LocalRequest request, LocalWrite write);
  std::string said(const LocalRequest& request);
  std::string invoice_page(const LocalRequest& request) const;

  std::string authorization_;
  LocalServer server_;
};

}  // namespace tandem::test
