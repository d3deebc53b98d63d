// Payouts in another currency than was earned: what is sent at the rate of the day, and what the
// organization's bank took for it.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/language.hpp"
#include "http/routes.hpp"
#include "ledger/api.hpp"
#include "payouts/ids.hpp"

namespace tandem::payouts {

/// What is sent for an amount, and by which rates.
struct Sent {
  Money amount;
  ledger::Exchange exchange;
};

/// The exchanges of one day, each asked for once.
class Exchanges {
 public:
  explicit Exchanges(Day on) : on_(on) {}
  /// nullopt when no rate is known, or when what is sent is nothing or more than a payout can be.
  Task<std::optional<Sent>> convert(db::Tx& tx, Money amount, Currency to);

 private:
  Day on_;
  std::map<std::pair<Currency, Currency>, std::optional<ledger::Exchange>> known_;
};

/// "1 USD = 11 794,88 UZS (CBU, 10 марта 2026 г.)": the published rates of an exchange, in a language.
std::string rates_text(const ledger::Exchange& exchange, Language language);

/// POST /api/payouts/{payout_id}/exchange-closing
void declare_exchanges(http::Routes& routes);

}  // namespace tandem::payouts
