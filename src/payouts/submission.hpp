// Sending an approved run: files are ready to be downloaded, providers are called by jobs, one payout each.
#pragma once
#include "http/routes.hpp"
#include "jobs/job.hpp"
#include "payouts/ids.hpp"

namespace tandem::payouts {

inline constexpr ProblemKind kRailNotReady{409, "rail_not_ready",
                                           "The organization has no account on a rail of these payouts"};

/// Why a payout failed: Stripe does not pay to the partner's account, or not yet.
inline constexpr std::string_view kAccountNotReady = "account_not_ready";

/// "payouts.send": one payout to its provider.
jobs::Kind send_job();
/// "payouts.ask": what became of one payout.
jobs::Kind ask_job();
/// Asks after one payout soon; once for each `cause` (the id of a provider's message).
void ask_soon(db::Tx& tx, PayoutId id, const std::string& cause);

void declare_submission(http::Routes& routes);
void declare_files(http::Routes& routes);

}  // namespace tandem::payouts
