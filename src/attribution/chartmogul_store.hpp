// What of a page of ChartMogul's is new, and storing it as inbound events. Used by the poller only.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "attribution/adapters/chartmogul.hpp"
#include "db/tx.hpp"

namespace tandem::attribution {

struct ChartMogulFound {
  std::vector<ChartMogulTransaction> fresh;    // to be stored and applied
  std::vector<ChartMogulTransaction> changed;  // known with other facts: parked for a person
  std::set<std::string>
      known_customers;  // ids by which a lead is known; the others are asked for their e-mail
};
/// Compares the page with what is stored.
Task<ChartMogulFound> find_fresh(db::Tx& tx, std::string provider,
                                 std::vector<ChartMogulTransaction> transactions);
/// Stores both kinds, each once, with the jobs that apply the fresh ones.
Task<> store_found(db::Tx& tx, std::string provider, const ChartMogulFound& found);

}  // namespace tandem::attribution
