#include "partners/rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tandem::partners {

namespace {

constexpr PartnerStep kPartnerSteps[] = {
    {PartnerMove::approval, PartnerState::applied, PartnerState::active},
    {PartnerMove::rejection, PartnerState::applied, PartnerState::rejected},
    {PartnerMove::suspension, PartnerState::active, PartnerState::suspended},
    {PartnerMove::reactivation, PartnerState::suspended, PartnerState::active},
    {PartnerMove::archiving, PartnerState::suspended, PartnerState::archived},
};

constexpr DealStep kDealSteps[] = {
    {DealMove::activation, DealState::draft, DealState::active},
    {DealMove::activation, DealState::paused, DealState::active},
    {DealMove::pause, DealState::active, DealState::paused},
    {DealMove::archiving, DealState::paused, DealState::archived},
};

template <class State, class Steps, class Move>
Allowed<State> collect(const Steps& steps, Move move) {
  Allowed<State> out;
  for (const auto& step : steps) {
    if (step.move != move) continue;
    out.from.push_back(step.from);
    out.to = step.to;
  }
  return out;
}

template <class Move, class State>
Problem refusal(std::string_view thing, Move move, State state) {
  std::vector<std::string_view> from;
  const auto rule = allowed(move);
  for (const State s : rule.from) from.push_back(json::enum_name(s));
  return Problem(kState,
                 fmt::format("The {} is {}; {} goes from {} to {}.", thing, json::enum_name(state),
                             json::enum_name(move), fmt::join(from, " or "), json::enum_name(rule.to)));
}

}  // namespace

std::span<const PartnerStep> partner_steps() { return kPartnerSteps; }
std::span<const DealStep> deal_steps() { return kDealSteps; }

Allowed<PartnerState> allowed(PartnerMove move) { return collect<PartnerState>(kPartnerSteps, move); }
Allowed<DealState> allowed(DealMove move) { return collect<DealState>(kDealSteps, move); }

Problem wrong_state(PartnerMove move, PartnerState state) { return refusal("partner", move, state); }
Problem wrong_state(DealMove move, DealState state) { return refusal("deal", move, state); }

}  // namespace tandem::partners
