// The bank's answers in our own form of CSV, and how payouts are named to banks.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "payouts/payouts.hpp"

namespace tandem::payouts {

/// A payout's name at banks and providers: its id without dashes.
std::string reference_of(PayoutId id);
/// Whether this may be such a name, with or without dashes; other transfers have names of other forms.
bool is_payout_reference(std::string_view text);

/// The payout of such a name.
std::optional<PayoutId> payout_of(std::string_view reference);

struct BankResult {
  std::int64_t line = 0;
  std::string reference;           // as written
  std::optional<Outcome> outcome;  // nullopt: not decided yet
};
/// The columns payout_id, status (paid, failed, pending), bank_reference, executed_on, failure_reason; the
/// error in words.
std::expected<std::vector<BankResult>, std::string> read_bank_results(std::string_view text);

}  // namespace tandem::payouts
