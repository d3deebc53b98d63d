#include "payouts/exchanges.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "documents/words.hpp"
#include "identity/api.hpp"
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
    and source_amount is null
  returning amount, currency, sent_amount, sent_currency
)sql"};

struct FundedRow {
  PartnerId partner_id;
  std::int64_t sent_amount;
  Currency sent_currency;
  std::optional<std::int64_t> source_amount;
  std::optional<Currency> source_currency;
  std::optional<std::int64_t> source_worth;
};
BOOST_DESCRIBE_STRUCT(FundedRow, (),
                      (partner_id, sent_amount, sent_currency, source_amount, source_currency, source_worth))
const db::Query<db::Nothing(PayoutId, std::int64_t, Currency, std::int64_t)> kFund{"payouts.fund", R"sql(
  update app.payouts set source_amount = $3::bigint, source_currency = $4::text, source_worth = $5,
    charged = case when currency = $4::text then $3::bigint end
  where organization_id = $1 and id = $2 and state = 'paid' and source_amount is null
)sql"};
const db::Query<FundedRow(PayoutId)> kFunded{"payouts.funded", R"sql(
  select p.partner_id, coalesce(p.sent_amount, p.amount) as sent_amount,
    coalesce(p.sent_currency, p.currency) as sent_currency, p.source_amount, p.source_currency, p.source_worth
  from app.payouts p
  where p.organization_id = $1 and p.id = $2 and p.source_amount is not null
)sql"};

/// What the bank lost above the worth of what was due, between the clearing account and the one of exchanges.
void post_rest(db::Tx& tx, std::string key, Currency currency, std::int64_t rest) {
  if (rest != 0) ledger::post(tx, std::array{ledger::exchange_closed(std::move(key), {rest, currency}, 0)});
}

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

Task<> fund(db::Tx& tx, Funding funding) {
  const Money& source = funding.source;
  std::int64_t worth = funding.due.amount;
  if (funding.due.currency != source.currency) {
    const auto settings = co_await identity::payout_settings(tx);
    Exchanges exchanges(day_in_zone(tx.now(), settings.time_zone));
    const auto converted = co_await exchanges.convert(tx, funding.due, source.currency);
    worth = converted ? converted->amount.amount : source.amount;
  }
  tx.later(kFund, funding.id, source.amount, source.currency, worth);
  auto posting = ledger::payout_exchanged(funding.id.uuid(), funding.partner_id, funding.sent, source);
  posting.key = "funded:" + funding.id.str();
  ledger::post(tx, std::array{std::move(posting)});
  post_rest(tx, "funded-rest:" + funding.id.str(), source.currency, source.amount - worth);
}

Task<> return_funds(db::Tx& tx, PayoutId id) {
  const auto row = co_await tx.maybe(kFunded, id);
  if (!row) co_return;
  const Money source{row->source_amount.value(), row->source_currency.value()};
  auto posting = ledger::payout_exchange_returned(id.uuid(), row->partner_id,
                                                  {row->sent_amount, row->sent_currency}, source);
  posting.key = "funds-returned:" + id.str();
  ledger::post(tx, std::array{std::move(posting)});
  post_rest(tx, "funds-returned-rest:" + id.str(), source.currency,
            row->source_worth.value() - source.amount);
}

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
    std::string source(json::enum_name(step.source));
    std::ranges::transform(source, source.begin(), [](unsigned char c) { return std::toupper(c); });
    out += fmt::format("{}1 {} = {} {} ({}, {})", out.empty() ? "" : "; ", step.base.code(),
                       documents::number_text(step.rate, 0, language), step.quote.code(), source,
                       documents::day_text(step.effective_on, language));
  }
  return out;
}

void declare_exchanges(http::Routes& routes) {
  routes.tag("payouts");
  routes.post("/api/payouts/{payout_id}/exchange-closing", close_exchange)
      .says("Say what the organization's bank took for a payout in another currency")
      .explains(
          "Closes what the payout left in the clearing account, in both currencies; what the bank took above or below "
          "the amount is a loss or gain of exchange. Not of a payout whose provider said itself what it took.")
      .allow(http::Access::staff)
      .needs(http::Permission::payouts_approve)
      .sensitive()
      .as(db::Role::money)
      .answers(200)
      .refuses({&kState});
}

}  // namespace tandem::payouts
