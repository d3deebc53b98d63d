// Decisions of the partners module that need no database: the lifecycles of partners and deals.
#pragma once
#include <span>
#include <string_view>

#include "base/problem.hpp"
#include "partners/api.hpp"

namespace tandem::partners {

enum class PartnerMove : int { approval, rejection, suspension, reactivation, archiving };
BOOST_DESCRIBE_ENUM(PartnerMove, approval, rejection, suspension, reactivation, archiving)

/// applied → active ⇄ suspended → archived; applied → rejected.
struct PartnerStep {
  PartnerMove move;
  PartnerState from, to;
};
std::span<const PartnerStep> partner_steps();

enum class DealMove : int { activation, pause, archiving };
BOOST_DESCRIBE_ENUM(DealMove, activation, pause, archiving)

/// draft → active ⇄ paused → archived.
struct DealStep {
  DealMove move;
  DealState from, to;
};
std::span<const DealStep> deal_steps();

/// The states that a move may begin in, and where it ends.
template <class State>
struct Allowed {
  std::vector<State> from;
  State to{};
};
Allowed<PartnerState> allowed(PartnerMove move);
Allowed<DealState> allowed(DealMove move);

/// 409 with both states: where the thing is, and where the move begins.
Problem wrong_state(PartnerMove move, PartnerState state);
Problem wrong_state(DealMove move, DealState state);

}  // namespace tandem::partners
