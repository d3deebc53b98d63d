// The moves of earnings into payouts and out of them.
#include "earnings/api.hpp"
#include "earnings/positions.hpp"

namespace tandem::earnings {
namespace {

using Ids = std::vector<EarningId>;
const db::Query<MovedEarning(Ids, PayoutId)> kTake{"earnings.take_into_payout", R"sql(
  update app.earnings set state = 'in_payout', payout_id = $3
  where organization_id = $1 and id = any($2) and state = 'due'
  returning id, partner_id, currency, amount
)sql"};
const db::Query<MovedEarning(Ids, PayoutId)> kGiveBack{"earnings.give_back_from_payout", R"sql(
  update app.earnings set state = 'due', payout_id = null
  where organization_id = $1 and id = any($2) and state = 'in_payout' and payout_id = $3
  returning id, partner_id, currency, amount
)sql"};
const db::Query<MovedEarning(Ids, PayoutId)> kPay{"earnings.pay", R"sql(
  update app.earnings set state = 'paid'
  where organization_id = $1 and id = any($2) and state = 'in_payout' and payout_id = $3
  returning id, partner_id, currency, amount
)sql"};
const db::Query<MovedEarning(Ids, PayoutId)> kGiveBackPaid{"earnings.give_back_paid", R"sql(
  update app.earnings set state = 'due', payout_id = null
  where organization_id = $1 and id = any($2) and state = 'paid' and payout_id = $3
  returning id, partner_id, currency, amount
)sql"};

struct EndedRow {
  EarningId id;
  PartnerId partner_id;
  Currency currency;
};
BOOST_DESCRIBE_STRUCT(EndedRow, (), (id, partner_id, currency))
// now() and not the server's clock: nothing is payable early because a server's clock is wrong.
const db::Query<EndedRow(std::int32_t)> kEnded{"earnings.ended_holds", R"sql(
  select id, partner_id, currency
  from app.earnings
  where organization_id = $1 and state = 'pending' and reversal_id is null and hold_until <= now()
  order by hold_until, id
  limit $2
)sql"};
const db::Query<MovedEarning(Ids)> kEndHolds{"earnings.end_holds", R"sql(
  update app.earnings set state = 'due'
  where organization_id = $1 and (id = any($2) or reverses_id = any($2)) and state = 'pending'
  returning id, partner_id, currency, amount
)sql"};

/// Locks, moves, and posts what `legs_of` makes of each partner's sum.
template <class LegsOf>
Task<std::vector<MovedEarning>> move(db::Tx& tx, const db::Query<MovedEarning(Ids, PayoutId)>& query,
                                     std::string kind, PayoutId payout_id, Ids ids, LegsOf legs_of) {
  Positions positions;
  co_await positions.lock_of(tx, ids);
  auto moved = co_await tx.all(query, ids, payout_id);
  for (const auto& [whose, sum] : sums_of(moved)) {
    auto& position = positions.at(whose.first, whose.second);
    auto legs = legs_of(position, sum);
    if (position.in_transit < 0)
      throw Problem(kOwedBackFirst, "What would stay in the payout is less than nothing.");
    positions.add(tx, kind, whose.first, std::move(legs));
  }
  positions.flush(tx);
  co_return moved;
}

}  // namespace

Task<std::int64_t> end_holds(db::Tx& tx, int most) {
  const auto ended = co_await tx.all(kEnded, most);
  std::vector<ledger::PartnerCurrency> whose;
  Ids ids;
  for (const auto& row : ended) {
    whose.emplace_back(row.partner_id, row.currency);
    ids.push_back(row.id);
  }
  if (ids.empty()) co_return 0;
  Positions positions;
  co_await positions.lock(tx, std::move(whose));
  for (const auto& [of, sum] : sums_of(co_await tx.all(kEndHolds, ids)))
    positions.add(tx, "commission.due", of.first,
                  ledger::due_legs(positions.at(of.first, of.second), ledger::Counter::held, sum));
  positions.flush(tx);
  co_return static_cast<std::int64_t>(ended.size());
}

Task<std::vector<MovedEarning>> take_into_payout(db::Tx& tx, PayoutId payout_id, Ids ids) {
  return move(tx, kTake, "payout.taken", payout_id, std::move(ids),
              [](ledger::Position& position, std::int64_t sum) {
                if (sum > position.payable)
                  throw Problem(kOwedBackFirst, "The partner's negative earnings go into the payout too.");
                return ledger::due_legs(position, ledger::Counter::in_transit, -sum);
              });
}

Task<std::vector<MovedEarning>> give_back_from_payout(db::Tx& tx, PayoutId payout_id, Ids ids) {
  return move(tx, kGiveBack, "payout.given_back", payout_id, std::move(ids),
              [](ledger::Position& position, std::int64_t sum) {
                return ledger::due_legs(position, ledger::Counter::in_transit, sum);
              });
}

Task<std::vector<MovedEarning>> pay(db::Tx& tx, PayoutId payout_id, Ids ids) {
  return move(tx, kPay, "payout.settled", payout_id, std::move(ids),
              [](ledger::Position& position, std::int64_t sum) {
                if (sum < 0) throw Problem(kOwedBackFirst, "Less than nothing cannot be paid.");
                return ledger::settled_legs(position, sum);
              });
}

Task<std::vector<MovedEarning>> give_back_paid(db::Tx& tx, PayoutId payout_id, Ids ids) {
  return move(tx, kGiveBackPaid, "payout.came_back", payout_id, std::move(ids),
              [](ledger::Position& position, std::int64_t sum) {
                return ledger::due_legs(position, ledger::Counter::bank, sum);
              });
}

}  // namespace tandem::earnings
