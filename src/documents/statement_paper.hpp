// The papers that partners get, from plain data: the statement of a period and the self-billing statement of
// a payout. Whoever has the data fills it in; nothing here knows a database.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "documents/paper.hpp"

namespace tandem::documents {

enum class MovementKind : int { earned, taken_back, paid_out, adjustment };
/// One change of what is owed to the partner, in minor units; positive: more is owed.
struct Movement {
  Day day;
  MovementKind kind{};
  std::string about, reference;  // what was sold; the sale's or refund's number
  std::int64_t amount = 0;
};
/// What is owed in one currency: opening + movements = closing.
struct OwedInCurrency {
  Currency currency;
  std::int64_t opening = 0, closing = 0;
  std::vector<Movement> movements;
  bool is_by_day = false;  // too many to stand one by one
};

/// Who sends the paper, and how it looks.
struct Letterhead {
  Language language = Language::en;
  std::string organization, accent;
  Timestamp made_at;
  Day made_on;
  std::string logo = {};  // PNG; empty: none
};

struct StatementData {
  Letterhead head;
  Party partner;
  Day from, last;  // both belong to the period
  std::vector<OwedInCurrency> currencies;
};
/// Asserts that every currency adds up.
Paper statement_paper(const StatementData& data);

/// What a line of a payout is for: so many earnings of one kind.
struct BilledLine {
  std::string description;
  std::int64_t quantity = 0;
  Money amount;  // negative: taken back
};
struct SelfBillingData {
  Letterhead head;
  Party partner;
  std::string number;
  Day from, last;
  std::vector<BilledLine> lines;  // all in the currency of `total`
  Money carried_forward;          // of earlier periods, not positive
  Money total;                    // lines + carried_forward
  std::vector<Movement> items;  // one by one, all that `lines` and `carried_forward` sum up; empty: too many
  std::string paid_to;          // "Bank account …4821"
  /// When it is paid in another currency: what is sent, and the rate in words ("1 USD = 11,794.88 UZS, ecb,
  /// 10 March 2026").
  std::optional<Money> sent;
  std::string rate;
  std::vector<std::string> notes;  // what became of it
};
/// Asserts that the lines, and the items where there are any, add up to the total.
Paper self_billing_paper(const SelfBillingData& data);

}  // namespace tandem::documents
