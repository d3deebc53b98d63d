// SEPA credit transfers as files: pain.001.001.09 out, pain.002 in (ISO 20022; EPC132-08 for the characters).
// Pure.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace tandem::payouts {

struct SepaPayment {
  std::string reference;  // EndToEndId, at most 35
  std::string name, iban;
  std::optional<std::string> bic;
  std::int64_t amount = 0;  // cents, 1 to 99,999,999,999
};
struct SepaFile {
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

struct SepaResult {
  std::string reference;              // OrgnlEndToEndId
  std::string status;                 // TxSts: ACSC, ACCP, PDNG, RJCT …
  std::optional<std::string> reason;  // StsRsnInf/Rsn/Cd: AC01, AM04 …
};
/// The transactions of a pain.002, of any version; an error in words when it is none. At most 10 MiB;
/// external entities and document types are refused.
std::expected<std::vector<SepaResult>, std::string> read_pain002(std::string_view xml);

}  // namespace tandem::payouts
