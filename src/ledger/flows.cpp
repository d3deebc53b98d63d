// The flows of the chart of accounts, one function each.
#include <algorithm>
#include <utility>

#include "ledger/api.hpp"

namespace tandem::ledger {
namespace {

Posting one_leg(std::string kind, const Uuid& earning_id, PartnerId partner_id, Account debit, Account credit,
                std::int64_t amount) {
  return Posting{std::move(kind), "earning:" + earning_id.str(), partner_id, {Leg{debit, credit, amount}}};
}
Account expense(const Money& amount) { return {"exp.commission", std::nullopt, amount.currency}; }
Account held(PartnerId partner_id, const Money& amount) {
  return {"liab.commission_held", partner_id, amount.currency};
}
Account bank(const Money& amount) { return {"asset.bank", std::nullopt, amount.currency}; }
Account clearing(const Money& amount) { return {"fx.clearing", std::nullopt, amount.currency}; }

constexpr std::string_view kPayable = "liab.commission_payable", kOwedBack = "asset.clawback_receivable",
                           kInTransit = "liab.payout_in_transit";

Account of(const Position& position, Counter counter) {
  switch (counter) {
    case Counter::held: return {"liab.commission_held", position.partner_id, position.currency};
    case Counter::in_transit: return {kInTransit, position.partner_id, position.currency};
    case Counter::commission: return {"exp.commission", std::nullopt, position.currency};
    case Counter::bank: return {"asset.bank", std::nullopt, position.currency};
    case Counter::bad_debt: break;
  }
  return {"exp.bad_debt", std::nullopt, position.currency};
}

/// One transfer, or several where a sum of many exceeds what a transfer may be.
void add(std::vector<Leg>& legs, const Account& debit, const Account& credit, std::int64_t amount) {
  for (; amount > kMaxAmount; amount -= kMaxAmount) legs.push_back({debit, credit, kMaxAmount});
  if (amount > 0) legs.push_back({debit, credit, amount});
}

}  // namespace

Posting commission_earned(const Uuid& earning_id, PartnerId partner_id, Money amount) {
  return one_leg("commission.earned", earning_id, partner_id, expense(amount), held(partner_id, amount),
                 amount.amount);
}

Posting commission_taken_back_in_hold(const Uuid& earning_id, PartnerId partner_id, Money amount) {
  return one_leg("commission.taken_back", earning_id, partner_id, held(partner_id, amount), expense(amount),
                 amount.amount);
}

std::vector<Leg> due_legs(Position& position, Counter counter, std::int64_t amount) {
  const Account other = of(position, counter);
  const Account payable{kPayable, position.partner_id, position.currency};
  const Account owed_back{kOwedBack, position.partner_id, position.currency};
  std::vector<Leg> legs;
  if (amount >= 0) {
    const auto made_good = std::min(amount, position.owed_back);
    add(legs, other, owed_back, made_good);
    add(legs, other, payable, amount - made_good);
    position.owed_back -= made_good;
    position.payable += amount - made_good;
  } else {
    const auto taken = std::min(-amount, position.payable);
    add(legs, payable, other, taken);
    add(legs, owed_back, other, -amount - taken);
    position.payable -= taken;
    position.owed_back += -amount - taken;
  }
  if (counter == Counter::held) position.held -= amount;
  if (counter == Counter::in_transit) position.in_transit -= amount;
  return legs;
}

std::vector<Leg> settled_legs(Position& position, std::int64_t amount) {
  std::vector<Leg> legs;
  add(legs, of(position, Counter::in_transit), of(position, Counter::bank), amount);
  position.in_transit -= amount;
  return legs;
}

Posting payout_exchanged(const Uuid& payout_id, PartnerId partner_id, Money due, Money sent) {
  TANDEM_ASSERT(due.currency != sent.currency, "an exchange of {} into itself", due.currency.code());
  Posting out{"payout.exchanged", "exchange:" + payout_id.str(), partner_id, {}};
  add(out.legs, bank(due), clearing(due), due.amount);
  add(out.legs, clearing(sent), bank(sent), sent.amount);
  return out;
}

Posting payout_exchange_returned(const Uuid& payout_id, PartnerId partner_id, Money due, Money sent) {
  auto out = payout_exchanged(payout_id, partner_id, due, sent);
  out.kind = "payout.exchange_returned";
  out.key = "exchange-returned:" + payout_id.str();
  for (auto& leg : out.legs) std::swap(leg.debit, leg.credit);
  return out;
}

Posting exchange_closed(std::string key, Money standing, std::int64_t at_bank) {
  TANDEM_ASSERT(standing.amount != 0 && at_bank >= 0, "nothing to close: {}, {}", to_text(standing), at_bank);
  const Account gain_loss{"fx.gain_loss", std::nullopt, standing.currency};
  const bool is_received = standing.amount > 0;  // a debit waits for money that comes in
  const std::int64_t stood = is_received ? standing.amount : -standing.amount;
  Posting out{"exchange.closed", std::move(key), std::nullopt, {}};
  if (at_bank > 0)
    out.legs.push_back(is_received ? Leg{bank(standing), clearing(standing), at_bank}
                                   : Leg{clearing(standing), bank(standing), at_bank});
  const bool is_loss = is_received ? at_bank < stood : at_bank > stood;
  const std::int64_t rest = at_bank > stood ? at_bank - stood : stood - at_bank;
  if (rest > 0)
    out.legs.push_back(is_loss ? Leg{gain_loss, clearing(standing), rest}
                               : Leg{clearing(standing), gain_loss, rest});
  return out;
}

}  // namespace tandem::ledger
