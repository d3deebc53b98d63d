// What a bank or a provider reports, against what we say became of the payouts: `tandem reconcile --report`.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/api.hpp"
#include "payouts/payouts.hpp"

namespace tandem::payouts {

/// camt053: an account's statement. bank_csv: the bank's answers in our own form, which name no amounts.
/// paypal_csv, stripe_csv: see adapters/provider_reports.hpp.
enum class ReportFormat : int { camt053, bank_csv, paypal_csv, stripe_csv };
BOOST_DESCRIBE_ENUM(ReportFormat, camt053, bank_csv, paypal_csv, stripe_csv)

/// One line of a report about a payout.
struct ReportedMove {
  std::int64_t line = 0;
  std::string reference;  // the payout's id without dashes; empty: to be found by its names
  PayoutState state{};    // paid, returned or failed
  std::optional<Money> amount;
  std::optional<std::int64_t> fee;
  std::optional<Day> on;
  std::vector<std::string> names = {};  // what the provider calls it
};
struct OutsideReport {
  Rail rail{};
  std::vector<ReportedMove> moves;
  std::int64_t others = 0;  // lines that are about no payout, or not about money that has moved
  std::optional<Day> first = {}, last = {};  // certainly whole days of the report
};
/// The error in words, when it is no such file.
std::expected<OutsideReport, std::string> read_outside_report(ReportFormat format, std::string_view bytes);

struct ReportComparison {
  std::int64_t payouts = 0, others = 0;  // how many payouts and other lines the report has
  std::vector<ledger::Difference> differences;
};
BOOST_DESCRIBE_STRUCT(ReportComparison, (), (payouts, others, differences))
/// In the order of the report: missing_here, paid_twice, different_currency, different_amount,
/// different_state, different_fee; then missing_there: payouts of the days of the report that it lacks. At
/// last cash_differs: where the ledger's bank account of a partner is not what its payouts say. Empty:
/// everything agrees.
Task<ReportComparison> compare(db::Tx& tx, OutsideReport report);

}  // namespace tandem::payouts
