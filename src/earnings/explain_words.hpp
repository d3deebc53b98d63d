// What an explanation says: a key with parameters, for programs, and the sentence of it in the reader's
// language.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/language.hpp"
#include "base/time.hpp"

namespace tandem::earnings {

struct Parameter {
  std::string name, value;
};
BOOST_DESCRIBE_STRUCT(Parameter, (), (name, value))

struct Sentence {
  std::string key;  // "hold_runs"; stable
  std::vector<Parameter> parameters;
  std::string text;
  std::optional<Timestamp> at;  // when it happened or will
};
BOOST_DESCRIBE_STRUCT(Sentence, (), (key, parameters, text, at))

/// Makes the sentence of a key. Asserts that there is one.
Sentence say(Language language, std::string_view key, std::vector<Parameter> parameters = {},
             std::optional<Timestamp> at = {});
/// Every key, for tests.
std::vector<std::string_view> explanation_keys();

}  // namespace tandem::earnings
