// Reading published rates: files and answers of the European Central Bank (CSV of its history, XML), of the
// Central Bank of Uzbekistan (JSON) and the day-by-day table of the National Bank of Ukraine (CSV). Which it
// is, the content tells. Pure.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/exchange.hpp"

namespace tandem::ledger {

/// One unit of `base` costs `rate` of `quote`.
struct PublishedRate {
  RateSource source{};
  Currency base, quote;
  Decimal rate;
  Day effective_on;
};

struct RateFile {
  RateSource source{};
  std::vector<PublishedRate> rates;
  std::int64_t unknown = 0;  // rates of currencies that no longer exist
};

/// All or nothing: a malformed date or rate, or a rate that is not positive, refuses the whole, with the
/// reason.
std::expected<RateFile, std::string> read_rates(std::string_view text);

}  // namespace tandem::ledger
