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

/// A payout that was paid from a balance in another currency than was sent.
struct Funding {
  PayoutId id;
  PartnerId partner_id;
  Money due, sent;  // the same where nothing was exchanged
  Money source;     // what the provider took
};
/// Keeps what the provider took and posts it: the bank account of the ledger has lost that and not what was
/// sent. What it is above or below the worth of what was due, at the rate of the day, is a loss or gain of
/// exchange; where no rate is known there is none. Once a payout.
Task<> fund(db::Tx& tx, Funding funding);
/// A payout came back: what fund() posted is undone, if anything.
Task<> return_funds(db::Tx& tx, PayoutId id);

/// POST /api/payouts/{payout_id}/exchange-closing
void declare_exchanges(http::Routes& routes);

}  // namespace tandem::payouts
