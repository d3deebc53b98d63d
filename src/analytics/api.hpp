// What commands may ask of analytics. The earnings report: earned, taken back and net, grouped by partner,
// month, link or currency. Amounts in minor units, always apart by currency: sums of different currencies are
// never added.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/money.hpp"
#include "base/time.hpp"
#include "db/tx.hpp"

namespace tandem::analytics {

enum class GroupBy : int { partner, month, link, currency };
BOOST_DESCRIBE_ENUM(GroupBy, partner, month, link, currency)

struct EarningsReportRow {
  std::string key;    // partner or link id, "2011-03", or the currency; "" for earnings without a link
  std::string label;  // the partner's name, the link's code, or the key
  Currency currency;
  std::int64_t earned = 0, taken_back = 0, net = 0;  // taken_back is not positive; net = earned + taken_back
  std::int64_t earnings = 0;                         // rows
};
BOOST_DESCRIBE_STRUCT(EarningsReportRow, (), (key, label, currency, earned, taken_back, net, earnings))

/// Days of the organization's zone, half-open; nullopt = no bound. A partner sees its own alone.
Task<std::vector<EarningsReportRow>> earnings_report(db::Tx& tx, GroupBy group_by, std::optional<Day> from,
                                                     std::optional<Day> to,
                                                     std::optional<PartnerId> partner_id);

}  // namespace tandem::analytics
