#include "payouts/accounts.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace tandem::payouts {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_capital_or_digit(char c) { return is_digit(c) || is_capital(c); }
bool all_digits(std::string_view text) { return std::ranges::all_of(text, is_digit); }

}  // namespace

std::optional<Rail> rail_named(std::string_view name) {
  for (const Rail rail : {Rail::bank, Rail::sepa, Rail::paypal, Rail::wise, Rail::stripe})
    if (json::enum_name(rail) == name) return rail;
  return std::nullopt;
}

std::string plain_account(Rail rail, std::string_view account) {
  std::string out;
  if (rail == Rail::paypal || rail == Rail::stripe || account.contains('@')) return std::string(account);
  for (const char c : account)
    if (c != ' ' && c != '-') out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

bool is_iban(std::string_view plain) {
  if (plain.size() < 15 || plain.size() > 34 || !std::ranges::all_of(plain, is_capital_or_digit))
    return false;
  if (!is_capital(plain[0]) || !is_capital(plain[1]) || !is_digit(plain[2]) || !is_digit(plain[3]))
    return false;
  // The first four go to the end, A is 10 … Z is 35, and the number is taken mod 97.
  int remainder = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[(i + 4) % plain.size()];
    const int value = is_digit(c) ? c - '0' : c - 'A' + 10;
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder == 1;
}

bool is_bic(std::string_view text) {
  if (text.size() != 8 && text.size() != 11) return false;
  return std::ranges::all_of(text.substr(0, 6), is_capital) &&
         std::ranges::all_of(text.substr(6), is_capital_or_digit);
}

std::optional<std::string> account_mistake(Rail rail, Currency currency, std::string_view plain,
                                           std::string_view bank_code, std::string_view country) {
  constexpr std::size_t kUzbekAccount = 20, kUzbekBank = 5, kEmailMax = 127;
  switch (rail) {
    case Rail::sepa: return is_iban(plain) ? std::nullopt : std::optional<std::string>("an IBAN");
    case Rail::paypal:
      if (Email::parse(plain) && plain.size() <= kEmailMax) return std::nullopt;
      return "the e-mail address of a PayPal account";
    case Rail::stripe:
      if (plain.starts_with("acct_") && Code::parse(plain)) return std::nullopt;
      return "the id of a connected account, acct_…";
    case Rail::wise:
      if (Email::parse(plain) || is_iban(plain)) return std::nullopt;
      if (currency.code() == "GBP" && plain.size() == 8 && all_digits(plain) && bank_code.size() == 6)
        return std::nullopt;
      if (currency.code() == "USD" && plain.size() <= 17 && all_digits(plain) && bank_code.size() == 9)
        return std::nullopt;
      return "an IBAN, an e-mail address, a sort code with 8 digits, or a routing number with up to 17 digits";
    case Rail::bank:
      if (country == "UZ" && (plain.size() != kUzbekAccount || !all_digits(plain) ||
                              bank_code.size() != kUzbekBank || !all_digits(bank_code)))
        return "20 digits, with the bank's MFO of five";
      if (plain.size() >= 5 && plain.size() <= 34 && std::ranges::all_of(plain, is_capital_or_digit))
        return std::nullopt;
      return "5 to 34 letters and digits";
  }
  return "an account";
}

std::string account_hint(std::string_view plain) {
  if (const auto at = plain.find('@'); at != std::string_view::npos)
    return std::string(head_of(plain, 1)) + "…" + std::string(plain.substr(at));
  return "…" + std::string(plain.size() > 4 ? plain.substr(plain.size() - 4) : plain);
}

}  // namespace tandem::payouts
