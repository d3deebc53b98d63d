// What modules above may ask of earnings: the states of an earning, and the moves that a payout makes. Each
// move is one statement that names the state it moves from, with its postings, in the caller's transaction
// (role money); it locks the partners' accounts first, so moves of one partner come one after the other.
//
// Kept by every move, per partner and currency, and checked by `tandem reconcile`:
//   liab.commission_held                                  = sum of pending and held earnings
//   liab.commission_payable − asset.clawback_receivable   = sum of due earnings
//   liab.payout_in_transit                                = sum of earnings in a payout
#pragma once
#include <vector>

#include "base/money.hpp"
#include "base/problem.hpp"
#include "base/task.hpp"
#include "db/tx.hpp"
#include "earnings/explanation.hpp"
#include "earnings/ids.hpp"
#include "earnings/rollups.hpp"

namespace tandem::earnings {

enum class EarningState : int { pending, due, in_payout, paid, cancelled, held };
BOOST_DESCRIBE_ENUM(EarningState, pending, due, in_payout, paid, cancelled, held)

/// bonus: of a threshold that was reached. override: on top of what a sub-partner earned. write_off: what a
/// partner owed back and does not have to pay. adjustment: of a claim that was accepted.
enum class EarningKind : int { commission, bonus, override_, saving, write_off, adjustment };
BOOST_DESCRIBE_ENUM(EarningKind, commission, bonus, override_, saving, write_off, adjustment)

/// An earning's explanation, and what the module that pays it needs to go on with it: while it is due, why it
/// is not paid at once, and while it is in a payout, what becomes of that.
struct ExplainedEarning {
  Explanation explanation;
  Wording by;
  PartnerId partner_id;
  EarningState state{};
  Money amount;
  std::optional<PayoutId> payout_id;
};
/// Throws Problem kNotFound.
Task<ExplainedEarning> explain_earning(db::Tx& tx, EarningId id, GetExplanation query);

/// pending → due of the earnings whose hold has ended by the database's clock, at most `most` of them, the
/// longest ended first, with what was taken back of them: commission_held > clawback_receivable as far as
/// something is owed back, rest > commission_payable. Gives how many holds ended.
Task<std::int64_t> end_holds(db::Tx& tx, int most);

/// An earning that a move has moved. Those that were not in the state it moves from are not among them: the
/// caller compares.
struct MovedEarning {
  EarningId id;
  PartnerId partner_id;
  Currency currency;
  std::int64_t amount = 0;  // minor units, signed
};
BOOST_DESCRIBE_STRUCT(MovedEarning, (), (id, partner_id, currency, amount))

/// 409: what a partner owes back is netted first: a payout takes its negative earnings too.
inline constexpr ProblemKind kOwedBackFirst{409, "owed_back_first",
                                            "What is owed back comes off a payout first"};

/// 403: what needs two people is decided by another person than asked for it.
inline constexpr ProblemKind kSamePerson{403, "same_person", "Another person than who asked decides"};

/// due → in_payout, commission_payable > payout_in_transit; of any number of partners. Throws kOwedBackFirst
/// when it would take more than is payable, or leave less than nothing in transit.
Task<std::vector<MovedEarning>> take_into_payout(db::Tx& tx, PayoutId payout_id, std::vector<EarningId> ids);
/// in_payout → due of the earnings of this payout that are among `ids`: removed from a draft, failed or
/// returned. payout_in_transit > clawback_receivable as far as something is owed back, rest >
/// commission_payable. Throws kOwedBackFirst when what stays in the payout would be less than nothing.
Task<std::vector<MovedEarning>> give_back_from_payout(db::Tx& tx, PayoutId payout_id,
                                                      std::vector<EarningId> ids);
/// in_payout → paid: the transfer is settled, payout_in_transit > bank.
Task<std::vector<MovedEarning>> pay(db::Tx& tx, PayoutId payout_id, std::vector<EarningId> ids);
/// paid → due: a settled transfer came back, bank > commission_payable (what is owed back first).
Task<std::vector<MovedEarning>> give_back_paid(db::Tx& tx, PayoutId payout_id, std::vector<EarningId> ids);

/// A partner set this account to be paid to: kept as a keyed hash, so that a buyer who is paid there, or
/// several partners who share it, are seen. Queued; role write.
void note_payout_account(db::Tx& tx, PartnerId partner_id, const std::string& account);

}  // namespace tandem::earnings
