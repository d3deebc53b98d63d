#include "payouts/bank_results.hpp"

#include <algorithm>
#include <utility>

#include "base/csv.hpp"

namespace tandem::payouts {

std::string reference_of(PayoutId id) {
  std::string out = id.str();
  std::erase(out, '-');
  return out;
}

bool is_payout_reference(std::string_view text) {
  constexpr std::int64_t kDigits = 32;
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return std::ranges::count_if(text, is_digit) == kDigits &&
         std::ranges::all_of(text, [&](char c) { return is_digit(c) || c == '-'; });
}

std::optional<PayoutId> payout_of(std::string_view reference) {
  std::string id(reference);
  std::erase(id, '-');
  constexpr std::size_t kDigits = 32;
  if (id.size() != kDigits) return std::nullopt;
  for (const std::size_t at : {20U, 16U, 12U, 8U}) id.insert(at, 1, '-');
  return PayoutId::parse(id);
}

std::expected<std::vector<BankResult>, std::string> read_bank_results(std::string_view text) {
  constexpr std::size_t kColumns = 5;
  std::vector<BankResult> out;
  CsvReader reader(text_source(text));
  const auto refuse = [&](std::string_view why) {
    return std::unexpected(fmt::format("line {}: {}", reader.line(), why));
  };
  bool is_head = true;
  while (reader.next() == CsvReader::Step::row) {
    const auto& row = reader.row();
    if (row.size() != kColumns)
      return refuse("payout_id, status, bank_reference, executed_on, failure_reason");
    if (std::exchange(is_head, false) && row[0] == "payout_id") continue;
    for (const auto cell : row)
      if (!is_clean_text(cell) || cell.size() > 300) return refuse("text that cannot be kept");
    BankResult result{.line = reader.line(), .reference = std::string(row[0]), .outcome = std::nullopt};
    if (row[1] == "paid") {
      result.outcome = Outcome{.state = PayoutState::paid};
      if (!row[2].empty()) result.outcome->bank_reference = std::string(row[2]);
      result.outcome->executed_on = Day::parse(row[3]);
      if (!row[3].empty() && !result.outcome->executed_on)
        return refuse("executed_on is a day such as 2026-03-31");
    } else if (row[1] == "failed") {
      result.outcome = Outcome{.state = PayoutState::failed,
                               .reason = row[4].empty() ? std::string("failed") : std::string(row[4])};
    } else if (row[1] != "pending") {
      return refuse("status is paid, failed or pending");
    }
    out.push_back(std::move(result));
  }
  if (reader.problem()) return std::unexpected(std::string(to_text(reader.problem()->kind)));
  return out;
}

}  // namespace tandem::payouts
