// SEPA credit transfers as files: pain.001 (ISO 20022; EPC132-08 for the characters). Pure.
#pragma once
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace tandem::payouts {

/// Versions of pain.001 that banks take: that of the SEPA rulebooks since 2023, and the one before.
enum class SepaFormat : int { pain_001_001_09, pain_001_001_03 };
BOOST_DESCRIBE_ENUM(SepaFormat, pain_001_001_09, pain_001_001_03)

struct SepaPayment {
  std::string reference;  // EndToEndId, at most 35
  std::string name, iban;
  std::optional<std::string> bic;
  std::int64_t amount = 0;  // cents, 1 to 99,999,999,999
};
struct SepaFile {
  SepaFormat format{};
  std::string message_id;  // at most 35
  Timestamp created_at;
  Day execute_on;
  std::string payer_name, payer_iban;
  std::optional<std::string> payer_bic;
  std::string remittance;  // what the partner's bank statement says, at most 140
  std::vector<SepaPayment> payments;
};
/// The file as XML. Asserts that there is a payment and that amounts are in range.
std::string write_pain001(const SepaFile& file);

/// What SEPA takes: Latin letters, digits, / - ? : ( ) . , ' + and space. Diacritics are dropped, Cyrillic is
/// written in Latin letters (ISO 9, simplified), everything else is a full stop; at most `most` characters.
std::string sepa_text(std::string_view text, std::size_t most);

}  // namespace tandem::payouts
