// Foreign exchange: what an amount of one currency is in another by the official rates of a day. A rate is
// two integers; rounding happens once, at the end, half away from zero. Whoever uses an Exchange keeps it
// whole, so that rate, source and time can be shown for ever.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/problem.hpp"
#include "base/time.hpp"
#include "db/tx.hpp"

namespace tandem::ledger {

using ExchangeRateId = Id<struct ExchangeRateTag>;

/// Who published a rate: the European Central Bank (EUR → X), the Central Bank of Uzbekistan (X → UZS) or the
/// National Bank of Ukraine (X → UAH).
enum class RateSource : int { ecb, cbu, nbu };
BOOST_DESCRIBE_ENUM(RateSource, ecb, cbu, nbu)
/// The currency that every rate of a source has on one side.
Currency hub_of(RateSource source);

enum class RateUse : int { multiply, divide };
BOOST_DESCRIBE_ENUM(RateUse, multiply, divide)

/// One published rate on the way from one currency to another.
struct RateStep {
  ExchangeRateId rate_id;
  RateUse use{};
  RateSource source{};
  Currency base, quote;  // one `base` costs `rate` of `quote`
  Decimal rate;
  Day effective_on;
  Timestamp fetched_at;
};
BOOST_DESCRIBE_STRUCT(RateStep, (), (rate_id, use, source, base, quote, rate, effective_on, fetched_at))

/// One unit of `from` is numerator / denominator units of `to`.
struct Exchange {
  Currency from, to;
  Day on;  // the day that was asked for; the steps say of which day their rates are
  std::int64_t numerator = 1, denominator = 1;
  std::vector<RateStep> path;
};
BOOST_DESCRIBE_STRUCT(Exchange, (), (from, to, on, numerator, denominator, path))

/// A rate is used for at most so many days after its own: a long week-end and a holiday, with room.
inline constexpr std::chrono::days kRateAgeMax{10};

inline constexpr ProblemKind kNoRate{409, "no_rate",
                                     "No exchange rate of that day or of the ten days before is known"};

/// The exchange of one currency into another by the rates of a day, or the last before it. Within one source
/// where it knows both, the one with a hub among the two first; else by way of the US dollar. Throws Problem
/// kNoRate. The day is one of the organization's zone.
Task<Exchange> exchange_at(db::Tx& tx, Currency from, Currency to, Day on);
/// The same; nullopt when no rate is known.
Task<std::optional<Exchange>> find_exchange(db::Tx& tx, Currency from, Currency to, Day on);

/// The amount in the other currency's minor units, rounded once, half away from zero. nullopt when the amount
/// is of another currency or the result is beyond kMaxAmount.
std::optional<Money> convert(const Money& amount, const Exchange& exchange);

/// For tests of the arithmetic: the exchange along these steps.
Exchange along(Currency from, Currency to, Day on, std::vector<RateStep> path);

}  // namespace tandem::ledger
