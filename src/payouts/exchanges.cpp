#include "payouts/exchanges.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "documents/words.hpp"
#include "payouts/payouts.hpp"

namespace tandem::payouts {

namespace {

struct ChargedRow {
  std::int64_t amount;
  Currency currency;
  std::optional<std::int64_t> sent_amount;
  std::optional<Currency> sent_currency;
};
BOOST_DESCRIBE_STRUCT(ChargedRow, (), (amount, currency, sent_amount, sent_currency))
const db::Query<ChargedRow(PayoutId, std::int64_t)> kCharge{"payouts.close_exchange", R"sql(
  update app.payouts set charged = $3
  where organization_id = $1 and id = $2 and state = 'paid' and sent_amount is not null and charged is null
  returning amount, currency, sent_amount, sent_currency
)sql"};

struct CloseExchange {
  Money charged;  // what the bank took for what was sent, in the payout's currency
};
BOOST_DESCRIBE_STRUCT(CloseExchange, (), (charged))

Task<Payout> close_exchange(db::Tx& tx, PayoutId id, CloseExchange request) {
  co_await lock_run_of(tx, id);
  const auto payout = co_await get_payout(tx, id);
  if (request.charged.currency != payout.currency)
    throw invalid_field("/charged/currency", "out_of_range", "the payout's currency");
  const auto charged = request.charged.amount;
  if (charged < 0 || charged > kMaxAmount)
    throw invalid_field("/charged/amount", "out_of_range", "not negative");
  const auto row = co_await tx.maybe(kCharge, id, charged);
  if (!row) throw Problem(kState, "A payout that was paid in another currency is closed once.");
  const std::string key = "exchange-closed:" + id.str();
  const Money sent{row->sent_amount.value(), row->sent_currency.value()};
  ledger::post(tx, std::array{ledger::exchange_closed(key + ":due", {-row->amount, row->currency}, charged),
                              ledger::exchange_closed(key + ":sent", sent, sent.amount)});
  co_return co_await get_payout(tx, id);
}

}  // namespace

Task<std::optional<Sent>> Exchanges::convert(db::Tx& tx, Money amount, Currency to) {
  const std::pair key{amount.currency, to};
  auto known = known_.find(key);
  if (known == known_.end())
    known = known_.emplace(key, co_await ledger::find_exchange(tx, amount.currency, to, on_)).first;
  if (!known->second) co_return std::nullopt;
  const auto sent = ledger::convert(amount, *known->second);
  if (!sent || sent->amount <= 0) co_return std::nullopt;
  co_return Sent{*sent, *known->second};
}

std::string rates_text(const ledger::Exchange& exchange, Language language) {
  std::string out;
  for (const auto& step : exchange.path) {
    std::string rate = step.rate.str(), source(json::enum_name(step.source));
    if (language != Language::en) std::ranges::replace(rate, '.', ',');
    std::ranges::transform(source, source.begin(), [](unsigned char c) { return std::toupper(c); });
    out += fmt::format("{}1 {} = {} {} ({}, {})", out.empty() ? "" : "; ", step.base.code(), rate,
                       step.quote.code(), source, documents::day_text(step.effective_on, language));
  }
  return out;
}

void declare_exchanges(http::Routes& routes) {
  routes.tag("payouts");
  routes.post("/api/payouts/{payout_id}/exchange-closing", close_exchange)
      .says("Say what the organization's bank took for a payout in another currency")
      .explains(
          "Closes what the payout left in the clearing account, in both currencies; what the bank took above or below "
          "the amount is a loss or gain of exchange.")
      .allow(http::Access::staff)
      .needs(http::Permission::payouts_approve)
      .sensitive()
      .as(db::Role::money)
      .answers(200)
      .refuses({&kState});
}

}  // namespace tandem::payouts
