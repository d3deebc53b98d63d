// What partners have on their commission accounts, locked for the transaction: the first thing that every
// verb on earnings does, so that verbs on one partner come one after the other and what is read afterwards
// stays true.
#pragma once
#include <map>
#include <vector>

#include "earnings/ids.hpp"
#include "ledger/api.hpp"

namespace tandem::earnings {

class Positions {
 public:
  Task<> lock(db::Tx& tx, std::vector<ledger::PartnerCurrency> of);
  /// Those of the partners of these earnings.
  Task<> lock_of(db::Tx& tx, std::vector<EarningId> ids);
  ledger::Position& at(PartnerId partner_id, const Currency& currency) {
    return positions_.at({partner_id, currency});
  }
  /// Posts the legs under a key that is used once: what is moved is said once by the state that it is moved
  /// from. Nothing without legs. Queued; a Posting of each call goes out with flush().
  void add(db::Tx& tx, std::string kind, PartnerId partner_id, std::vector<ledger::Leg> legs);
  void flush(db::Tx& tx) {
    ledger::post(tx, postings_);
    postings_.clear();
  }

 private:
  std::map<ledger::PartnerCurrency, ledger::Position> positions_;
  std::vector<ledger::Posting> postings_;
};

/// Sums of moved earnings by partner and currency.
template <class Rows>
std::map<ledger::PartnerCurrency, std::int64_t> sums_of(const Rows& rows) {
  std::map<ledger::PartnerCurrency, std::int64_t> sums;
  for (const auto& row : rows) sums[{row.partner_id, row.currency}] += row.amount;
  return sums;
}

}  // namespace tandem::earnings
