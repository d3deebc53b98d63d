// The languages of documents, and how each writes amounts, days and the words of statements.
#pragma once
#include <string>
#include <string_view>

#include "base/language.hpp"
#include "base/money.hpp"
#include "base/time.hpp"

namespace tandem::documents {

/// "1,234.5" in English, "1.234,5" in Indonesian, "1 234,5" with unbroken spaces in Uzbek and Russian; a
/// minus sign for less than nothing. As many decimals as it has, and at least `decimals_min`.
std::string number_text(const Decimal& number, int decimals_min, Language language);
/// With the decimals of its currency: "1,234.50" in English, "1.234,50" in Indonesian, "1 234,50" with
/// unbroken spaces in Uzbek and Russian; a minus sign for less than nothing. No currency: that stands in the
/// head.
std::string amount_text(const Money& amount, Language language);
/// The same with the currency's code behind an unbroken space.
std::string money_text(const Money& amount, Language language);
/// "5 March 2026", "5 Maret 2026", "2026-yil 5-mart", "5 марта 2026 г.".
std::string day_text(Day day, Language language);
/// The month of a day: "March 2026", "Maret 2026", "2026-yil mart", "март 2026 г.".
std::string month_text(Day day, Language language);

enum class Word : int {
  statement,
  self_billing,
  from,
  to,
  period,
  made_on,
  partner,
  opening,
  closing,
  earned,
  taken_back,
  paid_out,
  adjustment,
  day,
  description,
  reference,
  amount,
  balance,
  movements,
  summary,
  nothing_moved,
  page,
  statement_note,
  owed_back_note,
  commission,
  commission_taken_back,
  payout,
  number,
  paid_to,
  rate,
  carried_forward,
  total_payable,
  quantity,
  self_billing_note,
  tax_id,
  many_movements,
  items,
  bank_account,
  paid_note,
  returned_note
};
/// The word or sentence; `page` holds {page} and {pages}.
std::string_view word(Word word, Language language);

}  // namespace tandem::documents
