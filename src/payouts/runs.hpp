// Payout runs: what is paid together, in one currency. A run begins by taking in the partners that can be
// paid, as a draft whose payouts people look at, exclude and include; it is approved by somebody who did not
// ask for it, by two people above the organization's limit, and then sent.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "jobs/job.hpp"
#include "payouts/candidates.hpp"

namespace tandem::payouts {

enum class RunKind : int { scheduled, on_demand };
BOOST_DESCRIBE_ENUM(RunKind, scheduled, on_demand)
enum class RunState : int {
  collecting,
  draft,
  approved,
  submitting,
  submitted,
  settled,
  partially_settled,
  failed,
  cancelled
};
BOOST_DESCRIBE_ENUM(RunState, collecting, draft, approved, submitting, submitted, settled, partially_settled,
                    failed, cancelled)

struct PayoutRun {
  PayoutRunId id;
  RunKind kind{};
  std::optional<std::string> period;  // of scheduled ones: "2026-03"
  Currency currency;
  RunState state{};
  Timestamp cutoff_at;
  std::int32_t revision = 1;             // changes with the draft, and ends its approvals
  std::int64_t payouts = 0, amount = 0;  // that are not removed: how many, and their sum in minor units
  std::int64_t approvals = 0;            // of this revision
  std::optional<ActorId> requested_by;   // null: the schedule, or the partners' own requests
  std::optional<Timestamp> approved_at, submitted_at, settled_at;
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(PayoutRun, (),
                      (id, kind, period, currency, state, cutoff_at, revision, payouts, amount, approvals,
                       requested_by, approved_at, submitted_at, settled_at, created_at, updated_at))

inline constexpr ProblemKind kNothingPayable{409, "nothing_payable",
                                             "None of these partners can be paid now"};

/// Throws Problem kNotFound.
Task<PayoutRun> get_run(db::Tx& tx, PayoutRunId id);
/// Locks a run and gives its state; throws kNotFound, or kState when it is not in `state`.
Task<PayoutRun> lock_run(db::Tx& tx, PayoutRunId id, RunState state);
/// Makes a payout in `run`, whose row is locked, for each of these partners that can be paid; gives how many.
Task<std::int64_t> take_partners(db::Tx& tx, const PayoutRun& run, std::vector<PartnerId> partner_ids);
/// Takes one partner into a draft, whose row is locked; what came due since it was taken in comes along in a
/// new payout. The payout, and a new revision; nullopt when nothing can be paid.
Task<std::optional<PayoutId>> take_partner(db::Tx& tx, const PayoutRun& run, PartnerId partner_id);
/// The draft of partners' own requests in this currency, locked, with a cut-off of now; a new one when there
/// is none.
Task<PayoutRun> open_run_of_requests(db::Tx& tx, Currency currency);
/// Whether this person asked for the run, or for a payout in it.
Task<bool> asked_for(db::Tx& tx, PayoutRunId id, ActorId who);
/// Queues a new revision of the draft.
void revise(db::Tx& tx, PayoutRunId id);
/// "payouts.collect": takes the partners into a run, some at a time.
jobs::Kind collect_job();
/// "payouts.begin": once a day; on the payout day it begins the runs of the month, one for each currency in
/// which something is due.
jobs::Kind begin_job();
void declare_runs(http::Routes& routes);

// ------------------------------------------------------------------ drafts.cpp

void declare_drafts(http::Routes& routes);

}  // namespace tandem::payouts
