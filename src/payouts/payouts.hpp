// Payouts: what one partner gets in one run. Its life after the draft is here; each move is one update that
// names the states it moves from, with the postings of the earnings in it, under the lock of its run.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "payouts/accounts.hpp"
#include "payouts/ids.hpp"

namespace tandem::payouts {

/// `submitting` is stored before a provider is called; what became of a call without an answer is asked,
/// never guessed. `unclaimed`: the provider has the money and waits for the partner to take it.
enum class PayoutState : int {
  draft,
  removed,
  approved,
  submitting,
  submitted,
  paid,
  failed,
  returned,
  unclaimed
};
BOOST_DESCRIBE_ENUM(PayoutState, draft, removed, approved, submitting, submitted, paid, failed, returned,
                    unclaimed)

struct Payout {
  PayoutId id;
  PayoutRunId payout_run_id;
  PartnerId partner_id;
  PayoutState state{};
  std::int64_t amount = 0;  // minor units
  Currency currency;
  std::int64_t earnings = 0;                // how many
  std::optional<std::int64_t> sent_amount;  // where it is sent in another currency: minor units of that
  std::optional<Currency> sent_currency;
  std::optional<JsonObject> exchange;   // the rates, their source and time, as they were at the draft
  std::optional<std::int64_t> charged;  // what the bank took for it, once it is known
  std::optional<std::int64_t>
      source_amount;  // what the provider took, where its balance is in another currency
  std::optional<Currency> source_currency;
  PayoutMethodId payout_method_id;
  Rail rail{};
  std::string holder_name, account_hint;
  std::string reference;              // on the partner's bank statement: the id without dashes
  std::optional<std::string> reason;  // why removed, failed or returned
  std::optional<std::string> external_id;
  std::optional<std::int64_t> fee;  // what the provider took
  std::optional<std::string> bank_reference;
  std::optional<Day> executed_on;
  std::optional<std::string> statement_number;  // "2026-000042", from when it is sent
  std::optional<Timestamp> submitted_at, settled_at;
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(Payout, (),
                      (id, payout_run_id, partner_id, state, amount, currency, earnings, sent_amount,
                       sent_currency, exchange, charged, source_amount, source_currency, payout_method_id,
                       rail, holder_name, account_hint, reference, reason, external_id, fee, bank_reference,
                       executed_on, statement_number, submitted_at, settled_at, created_at, updated_at))

/// What a provider, a bank or a person says became of a payout.
struct Outcome {
  PayoutState state{};  // submitted, paid, failed, returned or unclaimed
  std::optional<std::string> reason = {};
  std::optional<std::string> external_id = {}, external_batch_id = {};
  std::optional<std::int64_t> fee = {};
  std::optional<Money> source = {};  // of paid: what the provider took from a balance in another currency
  std::optional<std::string> bank_reference = {};
  std::optional<Day> executed_on = {};
};

/// Throws Problem kNotFound.
Task<Payout> get_payout(db::Tx& tx, PayoutId id);
/// Moves a payout to what became of it and posts its earnings: paid, or back to due. False when it is in a
/// state that does not lead there, also when it is there already. Locks the run first.
Task<bool> conclude(db::Tx& tx, PayoutId id, Outcome outcome);
/// Locks a run, so that moves of its payouts come one after the other.
Task<> lock_run_of(db::Tx& tx, PayoutId id);
/// The earnings that are in these payouts now.
Task<std::vector<earnings::EarningId>> earnings_in(db::Tx& tx, std::vector<PayoutId> ids);
/// Queues the state of a run that follows from its payouts', after the draft.
void derive_run_state(db::Tx& tx, PayoutRunId id);

void declare_payouts(http::Routes& routes);

}  // namespace tandem::payouts
