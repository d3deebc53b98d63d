// New earnings and their postings, collected for one insert.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
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
  std::optional<PartnerId> split_from{};  // of a named partner's part: whose deal it is of
  std::string state{};
  std::int64_t amount = 0;  // minor units, signed
  Currency currency{};
  Decimal base{};
  std::optional<RatePpm> rate{};
  std::int64_t weight = 1, weight_total = 1;
  Timestamp occurred_at{}, hold_until{};
  std::string explanation{};  // a JSON object
};

/// The rows, by their places, that are parts of one commission: of one conversion under one term, which
/// linear attribution or a split has divided. Every other row stands alone.
template <class Row>
std::vector<std::vector<std::size_t>> commissions(std::span<const Row> rows) {
  std::vector<std::vector<std::size_t>> out;
  std::map<std::pair<attribution::ConversionId, partners::TermId>, std::size_t> known;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    auto at = out.size();
    if (row.kind == EarningKind::commission && row.conversion_id && row.term_id)
      at = known.try_emplace({*row.conversion_id, *row.term_id}, at).first->second;
    if (at == out.size()) out.emplace_back();
    out[at].push_back(i);
  }
  return out;
}

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
