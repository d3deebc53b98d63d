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

}  // namespace tandem::ledger
