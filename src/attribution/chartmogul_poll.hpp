// Polling ChartMogul: every 15 minutes, and soon after its webhook, a walk over all invoices. What is new is
// stored as inbound events (provider "chartmogul:<endpoint id>") and applied by the same job as what other
// providers send. One row of app.invoice_polls an endpoint; each page is committed with the cursor of the
// next, and nothing is called inside a transaction.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "attribution/ids.hpp"
#include "base/time.hpp"
#include "db/tx.hpp"
#include "http/routes.hpp"
#include "jobs/job.hpp"

namespace tandem::attribution {

struct ChartMogulOptions {
  std::string base_url = "https://api.chartmogul.com";
  std::chrono::seconds interval{15 * 60};     // between the ends of two walks
  std::chrono::seconds pause{10};             // between two walks that webhooks ask for
  std::chrono::milliseconds turn_max{5'000};  // of one job; what is left is for the next one
};
/// Set at start, read-only afterwards.
void set_chartmogul_options(ChartMogulOptions options);

/// The job kind "attribution.poll_chartmogul".
jobs::Kind poll_chartmogul_job();

/// Asks for a walk, of a new endpoint too: soon, and once however often it is asked. In the caller's
/// transaction (role write or money); the job kind must be registered.
Task<> request_poll(db::Tx& tx, EndpointId endpoint_id);

/// GET /api/inbound-endpoints/{endpoint_id}/polling: where the poller stands and what went wrong last.
void declare_polling(http::Routes& routes);

}  // namespace tandem::attribution
