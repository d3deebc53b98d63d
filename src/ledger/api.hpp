// The ledger's door: postings in, in batches; balances and reconciliation out. Needs a transaction of
// Role::money to post.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/task.hpp"
#include "db/tx.hpp"
#include "ledger/exchange.hpp"

namespace tandem::ledger {

using AccountId = Id<struct AccountTag>;
using PostingId = Id<struct PostingTag>;

/// An account of the chart: code, its partner (of partner accounts), currency. It is opened on first use.
struct Account {
  std::string_view code;  // "liab.commission_held"; a literal
  std::optional<PartnerId> partner_id;
  Currency currency;
};
/// One transfer, amount in minor units, 1 to 10^12.
struct Leg {
  Account debit, credit;
  std::int64_t amount;
};
struct Posting {
  std::string kind;  // "commission.earned"
  std::string key;   // once per organization, forever: "earning:<id>"
  std::optional<PartnerId> partner_id;
  std::vector<Leg> legs;
};

/// The id of an account: the same on every server, so that posting needs no look-up. UUIDv8 (RFC 9562) of the
/// SHA-256 of organization, code, partner and currency.
AccountId account_id(OrganizationId organization_id, const Account& account);

/// Posts them all, or raises an error that ends the transaction: P0422 when a key is known with other
/// content, 23514 accounts_floor when a partner's account would go below zero. Queued on the transaction: it
/// travels with the next statement or the commit, and costs no trip of its own.
void post(db::Tx& tx, std::span<const Posting> postings);

// ------------------------------------------------------------------ flows
// Which accounts an event moves, one function for each line of the chart (docs/security-and-correctness.md,
// section 6).

/// A commission is earned and held: exp.commission > liab.commission_held.
Posting commission_earned(const Uuid& earning_id, PartnerId partner_id, Money amount);
/// A refund inside the hold takes back what the earning still holds: liab.commission_held > exp.commission.
Posting commission_taken_back_in_hold(const Uuid& earning_id, PartnerId partner_id, Money amount);

/// What stands on a partner's commission accounts in one currency, minor units, each at least 0.
struct Position {
  PartnerId partner_id;
  Currency currency;
  std::int64_t held = 0, payable = 0, owed_back = 0, in_transit = 0;
};
using PartnerCurrency = std::pair<PartnerId, Currency>;
/// Locks the commission accounts of these partners in the one lock order, opening what is missing, and reads
/// them. Whoever else moves these partners' commissions waits until this transaction ends, so it comes before
/// the rows that it is about. In the order of `of`, each once.
Task<std::vector<Position>> lock_positions(db::Tx& tx, std::vector<PartnerCurrency> of);

/// Where a change of what is due to a partner comes from or goes to.
enum class Counter {
  held,        // a hold ends; negative: what was due is held again
  in_transit,  // a payout gives back; negative: a payout takes in
  commission,  // the expense; negative: a refund after the hold, or a credit note that stands for itself
  bank,        // a transfer that was settled comes back
  bad_debt     // what is owed back is written off
};
/// The legs that add `amount` to what is due to a partner, in minor units; negative takes away. What is owed
/// back is made good first and the rest is payable; what is taken comes out of the payable as far as it goes
/// and the rest is owed back. So never both are above zero. Changes `position` as the posting will. No legs
/// for 0.
std::vector<Leg> due_legs(Position& position, Counter counter, std::int64_t amount);
/// A payout is settled: liab.payout_in_transit > asset.bank.
std::vector<Leg> settled_legs(Position& position, std::int64_t amount);

/// A settled payout left the bank in another currency, at the exchange that the caller keeps: what the
/// settlement took from asset.bank goes to fx.clearing, and what was sent from there to asset.bank. Once a
/// payout.
Posting payout_exchanged(const Uuid& payout_id, PartnerId partner_id, Money due, Money sent);
/// The same the other way round: it came back.
Posting payout_exchange_returned(const Uuid& payout_id, PartnerId partner_id, Money due, Money sent);
/// One currency of fx.clearing is closed at the bank: what stood there (debits positive) against what was
/// paid or received; the rest is fx.gain_loss, a debit for a loss. `standing` is not zero, `at_bank` not
/// negative.
Posting exchange_closed(std::string key, Money standing, std::int64_t at_bank);

// ------------------------------------------------------------------ reading

/// A partner account's balance, minor units.
struct Balance {
  std::string code;
  std::optional<PartnerId> partner_id;
  Currency currency;
  std::int64_t balance = 0;
};
BOOST_DESCRIBE_STRUCT(Balance, (), (code, partner_id, currency, balance))
/// The balances of one partner's accounts, by code and currency.
Task<std::vector<Balance>> balances(db::Tx& tx, PartnerId partner_id);

/// A broken promise found by reconcile.
struct Difference {
  std::string problem, subject, detail;
};
BOOST_DESCRIBE_STRUCT(Difference, (), (problem, subject, detail))
/// Invariant I1 of this organization: every currency sums to zero, every balance equals its legs, every
/// posting has its legs. No row is the only good answer.
Task<std::vector<Difference>> reconcile(db::Tx& tx);

}  // namespace tandem::ledger
