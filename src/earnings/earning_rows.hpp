// New earnings and their postings, collected for one insert.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "attribution/ids.hpp"
#include "earnings/api.hpp"
#include "ledger/api.hpp"
#include "partners/api.hpp"

namespace tandem::earnings {

struct NewEarning {
  EarningId id{};
  PartnerId partner_id{};
  EarningKind kind = EarningKind::commission;
  std::optional<attribution::ConversionId> conversion_id{};
  std::optional<attribution::ReversalId> reversal_id{};
  std::optional<EarningId> reverses_id{}, overrides_id{};
  std::optional<attribution::LinkId> link_id{};
  std::optional<partners::TermId> term_id{};
  std::optional<partners::DealVersionId> deal_version_id{};
  std::optional<ClaimId> claim_id{};
  std::optional<RiskSignalId> risk_signal_id{};
  std::string state{};
  std::int64_t amount = 0;  // minor units, signed
  Currency currency{};
  Decimal base{};
  std::optional<RatePpm> rate{};
  std::int64_t weight = 1, weight_total = 1;
  Timestamp occurred_at{}, hold_until{};
  std::string explanation{};  // a JSON object
};

class EarningRows {
 public:
  void add(NewEarning row, ledger::Posting posting) {
    rows_.push_back(std::move(row));
    postings_.push_back(std::move(posting));
  }
  const std::vector<NewEarning>& rows() const { return rows_; }
  /// Queues the rows and their postings; they travel with the next statement or the commit.
  void store(db::Tx& tx) const;

 private:
  std::vector<NewEarning> rows_;
  std::vector<ledger::Posting> postings_;
};

}  // namespace tandem::earnings
