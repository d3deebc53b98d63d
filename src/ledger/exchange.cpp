#include "ledger/exchange.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/assert.hpp"

namespace tandem::ledger {
namespace {

using Wide = __int128;

struct RateRow {
  ExchangeRateId id;
  RateSource source;
  Currency base, quote;
  Decimal rate;
  Day effective_on;
  Timestamp fetched_at;
};
BOOST_DESCRIBE_STRUCT(RateRow, (), (id, source, base, quote, rate, effective_on, fetched_at))

// Of each source the last day that it published, and on that day the wanted currencies. A currency that was
// not quoted that day has no rate any more; one whose rate of that day is suspect keeps the one before.
const db::Query<RateRow(Day, std::vector<Currency>, std::int32_t)> kRates{"ledger.rates_of_day", R"sql(
  with published as (
    select r.source, max(r.effective_on) as day
    from app.exchange_rates r
    where $1::uuid is not null and r.effective_on <= $2 and r.effective_on >= $2::date - $4::int
    group by r.source)
  select distinct on (r.source, r.base, r.quote) r.id, r.source, r.base, r.quote, r.rate, r.effective_on, r.fetched_at
  from published p
  join app.exchange_rates r on r.source = p.source
  where r.effective_on <= p.day and r.effective_on >= $2::date - $4::int and not r.is_suspect
    and (case r.source when 'ecb' then r.quote else r.base end) = any($3)
    and (r.effective_on = p.day or exists (
      select 1
      from app.exchange_rates x
      where x.source = r.source and x.base = r.base and x.quote = r.quote and x.effective_on = p.day))
  order by r.source, r.base, r.quote, r.effective_on desc, r.revision desc
)sql"};

Currency dollar() { return {}; }

/// The rates of a day, by source and by the currency that is not the hub.
class Rates {
 public:
  explicit Rates(std::vector<RateRow> rows) : rows_(std::move(rows)) {}

  /// The steps within one source; nullopt when it does not know both.
  std::optional<std::vector<RateStep>> within(RateSource source, Currency from, Currency to) const {
    std::vector<RateStep> path;
    for (const bool is_target : {false, true}) {
      const Currency currency = is_target ? to : from;
      if (currency == hub_of(source)) continue;
      const RateRow* row = find(source, currency);
      if (row == nullptr) return std::nullopt;
      // ECB's hub is the base, the others' is the quote: the same rate is used the other way round.
      const bool multiplies = (row->base == hub_of(source)) == is_target;
      path.push_back({row->id, multiplies ? RateUse::multiply : RateUse::divide, row->source, row->base,
                      row->quote, row->rate, row->effective_on, row->fetched_at});
    }
    return path;
  }

  /// Within the first source that knows both: those whose hub is one of the two, then the others.
  std::optional<std::vector<RateStep>> direct(Currency from, Currency to) const {
    // The Uzbek central bank goes before the European one where both have a hub among the two.
    constexpr std::array kOrder{RateSource::cbu, RateSource::ecb, RateSource::nbu};
    for (const bool has_hub : {true, false}) {
      for (const RateSource source :
           has_hub ? kOrder : std::array{RateSource::ecb, RateSource::cbu, RateSource::nbu}) {
        if ((hub_of(source) == from || hub_of(source) == to) != has_hub) continue;
        if (auto path = within(source, from, to)) return path;
      }
    }
    return std::nullopt;
  }

 private:
  const RateRow* find(RateSource source, Currency currency) const {
    const auto found = std::ranges::find_if(rows_, [&](const RateRow& row) {
      return row.source == source && (row.base == currency || row.quote == currency);
    });
    return found == rows_.end() ? nullptr : &*found;
  }
  std::vector<RateRow> rows_;
};

Wide common_divisor(Wide a, Wide b) {
  while (b != 0) a = std::exchange(b, a % b);
  return a;
}

Wide power_of_ten(int n) {
  Wide out = 1;
  while (n-- > 0) out *= 10;
  return out;
}

/// numerator / denominator × units / 10^scale, reduced; beyond 63 bits the last digits go, which changes the
/// eighteenth significant digit.
void multiply(std::int64_t& numerator, std::int64_t& denominator, Wide units, Wide ten_power) {
  const Wide a = common_divisor(numerator, ten_power), b = common_divisor(units, denominator);
  Wide n = numerator / a * (units / b), d = denominator / b * (ten_power / a);
  constexpr Wide kMost = std::numeric_limits<std::int64_t>::max();
  while (n > kMost || d > kMost) n = (n + 5) / 10, d = (d + 5) / 10;
  numerator = static_cast<std::int64_t>(n);
  denominator = static_cast<std::int64_t>(std::max<Wide>(d, 1));
}

}  // namespace

Currency hub_of(RateSource source) {
  switch (source) {
    case RateSource::ecb: return Currency::parse("EUR").value();
    case RateSource::cbu: return Currency::parse("UZS").value();
    case RateSource::nbu: return Currency::parse("UAH").value();
  }
  TANDEM_ASSERT(false, "unknown source of rates {}", static_cast<int>(source));
}

Exchange along(Currency from, Currency to, Day on, std::vector<RateStep> path) {
  Exchange out{.from = from, .to = to, .on = on, .numerator = 1, .denominator = 1, .path = std::move(path)};
  for (const RateStep& step : out.path) {
    const Wide units = step.rate.units(), scale = power_of_ten(step.rate.scale());
    if (step.use == RateUse::multiply)
      multiply(out.numerator, out.denominator, units, scale);
    else
      multiply(out.numerator, out.denominator, scale, units);
  }
  return out;
}

Task<Exchange> exchange_at(db::Tx& tx, Currency from, Currency to, Day on) {
  auto found = co_await find_exchange(tx, from, to, on);
  if (!found) throw Problem(kNoRate, fmt::format("{} in {} on {}", from.code(), to.code(), on.str()));
  co_return *std::move(found);
}

Task<std::optional<Exchange>> find_exchange(db::Tx& tx, Currency from, Currency to, Day on) {
  if (from == to) co_return along(from, to, on, {});
  const Rates rates(co_await tx.all(kRates, on, std::vector{from, to, dollar()},
                                    static_cast<std::int32_t>(kRateAgeMax.count())));
  if (auto path = rates.direct(from, to)) co_return along(from, to, on, *std::move(path));
  auto first = rates.direct(from, dollar());
  const auto second = rates.direct(dollar(), to);
  if (!first || !second) co_return std::nullopt;
  first->insert(first->end(), second->begin(), second->end());
  co_return along(from, to, on, *std::move(first));
}

std::optional<Money> convert(const Money& amount, const Exchange& exchange) {
  if (amount.currency != exchange.from) return std::nullopt;
  // 10^12 × 2^63 × 10^3 is below 2^127.
  if (amount.amount > kMaxAmount || amount.amount < -kMaxAmount) return std::nullopt;
  const Wide numerator = Wide{amount.amount} * exchange.numerator * power_of_ten(exchange.to.exponent());
  const Wide denominator = Wide{exchange.denominator} * power_of_ten(exchange.from.exponent());
  const Wide whole = numerator / denominator;
  if (whole > kMaxAmount || whole < -kMaxAmount) return std::nullopt;
  return Money{divide_rounded(numerator, denominator), exchange.to};
}

}  // namespace tandem::ledger
