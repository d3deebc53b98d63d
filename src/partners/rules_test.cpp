#include "partners/rules.hpp"

#include <gtest/gtest.h>

namespace tandem::partners {
namespace {

TEST(PartnerLifecycle, HasTheMovesOfTheDomain) {
  EXPECT_EQ(partner_steps().size(), 5U);
  const auto archiving = allowed(PartnerMove::archiving);
  ASSERT_EQ(archiving.from.size(), 1U);
  EXPECT_EQ(archiving.from[0], PartnerState::suspended);
  EXPECT_EQ(archiving.to, PartnerState::archived);
}

TEST(PartnerLifecycle, NothingLeavesARejectedOrArchivedPartner) {
  for (const auto& step : partner_steps()) {
    EXPECT_NE(step.from, PartnerState::rejected);
    EXPECT_NE(step.from, PartnerState::archived);
  }
}

TEST(DealLifecycle, AnActivationBeginsInDraftOrPaused) {
  const auto activation = allowed(DealMove::activation);
  EXPECT_EQ(activation.from, (std::vector{DealState::draft, DealState::paused}));
  EXPECT_EQ(activation.to, DealState::active);
}

TEST(WrongState, NamesBothStates) {
  const Problem problem = wrong_state(DealMove::activation, DealState::archived);
  EXPECT_EQ(problem.kind().status, 409);
  EXPECT_EQ(problem.kind().code, "state");
  EXPECT_EQ(problem.detail(), "The deal is archived; activation goes from draft or paused to active.");
}

}  // namespace
}  // namespace tandem::partners
