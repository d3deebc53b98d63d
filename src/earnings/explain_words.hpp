// What an explanation says: a key with parameters, for programs, and the sentence of it in the reader's
// language.
#pragma once
#include "earnings/explanation.hpp"

namespace tandem::earnings {

/// Makes the sentence of a key. Asserts that there is one.
Sentence say(Language language, std::string_view key, const std::vector<Given>& given = {},
             std::optional<Timestamp> at = {});
/// Every key, for tests.
std::vector<std::string_view> explanation_keys();

}  // namespace tandem::earnings
