// An explanation: what was decided about a thing, from what, what else was considered and what happens next,
// as sentences with keys and parameters, for programs, and in the reader's language. Each module says its
// own.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "base/language.hpp"
#include "base/money.hpp"
#include "base/task.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "db/tx.hpp"

namespace tandem::earnings {

/// `value` is one form for all languages: "10.00 USD", "2026-03-05", "12.5".
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

/// An amount finer than minor units: what a rate was taken of.
struct ExactMoney {
  Decimal amount;
  Currency currency;
};
/// A month, by its first day.
struct Month {
  Day first;
};
/// A word of ours, and how it is said to this reader: "visit", "переход".
struct Named {
  std::string code, said;
};
/// What a sentence is filled with: for programs in one form, in its text as the reader's language writes it.
struct Given {
  std::string name;
  std::variant<std::string, std::int64_t, Decimal, Money, ExactMoney, Day, Month, Named> value;
};

/// What is said of a key: "{name}" is the parameter of that name.
struct Message {
  std::string_view key;
  std::array<std::string_view, 4> texts;  // en, id, uz, ru
};
/// Makes the sentence of a key. Asserts that there is one.
Sentence say(std::span<const Message> messages, Language language, std::string_view key,
             const std::vector<Given>& given, std::optional<Timestamp> at);

struct Thing {
  std::string kind, id;  // "conversion"
};
BOOST_DESCRIBE_STRUCT(Thing, (), (kind, id))
struct Explanation {
  std::string kind, id;
  Language language{};
  Sentence decision;
  std::vector<Sentence> from;         // what it was decided from, and by which rule
  std::vector<Sentence> considered;   // what else there was, and why it did not count
  std::vector<Sentence> not_payable;  // of what is not paid: why
  std::vector<Sentence> next;
  std::vector<Thing> see;  // what it came from and what came of it
  JsonObject data;         // as it was stored with the decision; of a lead for the staff alone
};
BOOST_DESCRIBE_STRUCT(Explanation, (),
                      (kind, id, language, decision, from, considered, not_payable, next, see, data))
struct GetExplanation {
  std::optional<Language> language;  // default: the organization's
};
BOOST_DESCRIBE_STRUCT(GetExplanation, (), (language))

/// How days and sentences are written for who reads.
struct Wording {
  TimeZone zone;
  Language language;
};
Task<Wording> wording(db::Tx& tx, const GetExplanation& query);

/// The next day of this number in a month, after today.
Day next_payout_day(Day today, std::int32_t day);

}  // namespace tandem::earnings
