// Keeping exchange rates: appending what was published, fetching it every day, showing it.
#pragma once
#include <string>
#include <string_view>

#include "http/routes.hpp"
#include "jobs/job.hpp"
#include "ledger/rate_files.hpp"

namespace tandem::ledger {

/// Appends the rates that are new or corrected. What a person brings is taken as it is and confirms what was
/// suspect; of what was fetched, a change of more than a tenth against the day before is stored as suspect.
enum class BroughtBy { person, machine };
/// Gives the number of rates stored. `payload` is what they were read from.
Task<std::int64_t> store_rates(db::Pool& pool, const RateFile& file, std::string_view payload, BroughtBy by);

/// Where the banks are asked; empty: not asked.
struct RateOptions {
  std::string ecb_url;  // the folder of eurofxref-daily.xml
  std::string cbu_url;  // the folder of json/
};
/// Set at start, read-only afterwards.
void set_rate_options(RateOptions options);

/// The newest day of which a source should have published by now: working days, from the time of day on at
/// which it does (ECB 16:20 in Frankfurt, CBU 8:00 in Tashkent).
Day published_by(RateSource source, Timestamp now);

/// The job kind "ledger.fetch_rates": one source; nothing to do when its newest day is there already.
jobs::Kind fetch_rates_job();
/// Asks for a fetch of each configured source, once an hour however often it is called. Of the platform.
Task<> request_rates(db::Pool& pool);

/// GET /api/rates.
void declare_rates(http::Routes& routes);

}  // namespace tandem::ledger
