// What is said of payouts, in four languages.
#pragma once
#include "earnings/api.hpp"

namespace tandem::payouts {

/// Asserts that something is said of the key.
earnings::Sentence say(Language language, std::string_view key,
                       const std::vector<earnings::Given>& given = {}, std::optional<Timestamp> at = {});
/// Every key, for tests.
std::vector<std::string_view> explanation_keys();

}  // namespace tandem::payouts
