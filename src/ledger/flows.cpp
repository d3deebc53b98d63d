// The flows of the chart of accounts, one function each.
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
Account clearing(const Money& amount) { return {"fx.clearing", std::nullopt, amount.currency}; }
Account owed_back(PartnerId partner_id, const Money& amount) {
  return {"asset.clawback_receivable", partner_id, amount.currency};
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

Posting commission_owed_back(const Uuid& earning_id, PartnerId partner_id, Money amount) {
  return one_leg("commission.owed_back", earning_id, partner_id, owed_back(partner_id, amount),
                 expense(amount), amount.amount);
}

Posting payout_exchanged(const Uuid& payout_item_id, PartnerId partner_id, Money due, Money sent) {
  TANDEM_ASSERT(due.currency != sent.currency, "an exchange of {} into itself", due.currency.code());
  return {"payout.exchanged",
          "exchange:" + payout_item_id.str(),
          partner_id,
          {{{"liab.commission_payable", partner_id, due.currency}, clearing(due), due.amount},
           {clearing(sent), {"liab.payout_in_transit", partner_id, sent.currency}, sent.amount}}};
}

Posting exchange_closed(std::string key, Money standing, std::int64_t at_bank) {
  TANDEM_ASSERT(standing.amount != 0 && at_bank >= 0, "nothing to close: {}, {}", to_text(standing), at_bank);
  const Account bank{"asset.bank", std::nullopt, standing.currency};
  const Account gain_loss{"fx.gain_loss", std::nullopt, standing.currency};
  const bool is_received = standing.amount > 0;  // a debit waits for money that comes in
  const std::int64_t stood = is_received ? standing.amount : -standing.amount;
  Posting out{"exchange.closed", std::move(key), std::nullopt, {}};
  if (at_bank > 0)
    out.legs.push_back(is_received ? Leg{bank, clearing(standing), at_bank}
                                   : Leg{clearing(standing), bank, at_bank});
  const bool is_loss = is_received ? at_bank < stood : at_bank > stood;
  const std::int64_t rest = at_bank > stood ? at_bank - stood : stood - at_bank;
  if (rest > 0)
    out.legs.push_back(is_loss ? Leg{gain_loss, clearing(standing), rest}
                               : Leg{clearing(standing), gain_loss, rest});
  return out;
}

}  // namespace tandem::ledger
