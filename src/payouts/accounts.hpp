// Accounts that money goes to: what is a valid one on each rail, and what people see of it. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/money.hpp"

namespace tandem::payouts {

/// How money reaches a partner. `bank` and `sepa` are files that a person takes to the bank; the others are
/// called.
enum class Rail : int { bank, sepa, paypal, wise, stripe };
BOOST_DESCRIBE_ENUM(Rail, bank, sepa, paypal, wise, stripe)

/// The rail of this wire name.
std::optional<Rail> rail_named(std::string_view name);

/// An account as it is written, without what people add: IBANs and account numbers in capitals without
/// spaces, e-mails and providers' ids as they are.
std::string plain_account(Rail rail, std::string_view account);

/// Two letters, two check digits, 11 to 30 letters and digits, and the remainder of ISO 7064 mod 97-10 is 1
/// (ISO 13616).
bool is_iban(std::string_view plain);
/// Four letters, a country, two letters or digits and optionally a branch of three (ISO 9362).
bool is_bic(std::string_view text);

/// What is wrong with a plain account on its rail, in words for whoever typed it; nullopt when it is fine.
/// `bank_code` is the bank's own number: in Uzbekistan accounts have 20 digits and banks five (MFO).
std::optional<std::string> account_mistake(Rail rail, Currency currency, std::string_view plain,
                                           std::string_view bank_code, std::string_view country);

/// "…3000" of a number or id, "p…@example.com" of an e-mail.
std::string account_hint(std::string_view plain);

}  // namespace tandem::payouts
