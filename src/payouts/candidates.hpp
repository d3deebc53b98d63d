// Candidates: the partners to whom something is owed in one currency, what a payout would be now, and why
// there would be none. What a run takes in and what people see beforehand is this one list.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "payouts/accounts.hpp"
#include "payouts/ids.hpp"

namespace tandem::payouts {

/// Why a partner is not paid.
enum class NotPayable : int {
  partner_not_active,
  held,          // everything waits for a review
  after_cutoff,  // it came due too late for this one
  negative,      // more is owed back than is due
  below_minimum,
  no_method,
  cooling_down,       // the payout method is too new
  account_not_ready,  // Stripe does not pay to the partner's connected account, or not yet
  payee_form,         // there is no approved one
  not_convertible,    // no exchange rate into the method's currency is known, or too little comes of it
  not_whole           // the rail takes whole units of the currency alone
};
BOOST_DESCRIBE_ENUM(NotPayable, partner_not_active, held, after_cutoff, negative, below_minimum, no_method,
                    cooling_down, account_not_ready, payee_form, not_convertible, not_whole)

struct PayoutCandidate {
  PartnerId id;
  std::string name;
  std::int64_t amount = 0, earnings = 0;  // due before the cut-off, less all that is owed back
  std::int64_t held = 0;                  // waits for a review
  std::optional<NotPayable> reason;       // null: payable
  std::optional<PayoutMethodId> payout_method_id;
  std::optional<Rail> rail;
  std::optional<Currency> payout_currency;  // of the method, into which the amount is converted
  std::optional<std::string> account_hint;
  std::optional<Timestamp> usable_at;  // of the method
};
BOOST_DESCRIBE_STRUCT(PayoutCandidate, (),
                      (id, name, amount, earnings, held, reason, payout_method_id, rail, payout_currency,
                       account_hint, usable_at))

/// Which candidates: in this currency, due before the cut-off.
struct CandidateQuery {
  Currency currency;
  Timestamp cutoff_at;
  std::optional<std::vector<PartnerId>> partner_ids;  // of these alone
};
/// By the partners' ids, after `after`.
Task<std::vector<PayoutCandidate>> candidates(db::Tx& tx, CandidateQuery query,
                                              std::optional<PartnerId> after, PageLimit limit);

void declare_candidates(http::Routes& routes);

}  // namespace tandem::payouts
