// What a bank says of transfers, as files of ISO 20022: pain.002 (the status of an order) and camt.053 (the
// statement of an account). Pure; external entities and document types are refused.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"
#include "base/time.hpp"

namespace tandem::payouts {

struct SepaResult {
  std::string reference;              // OrgnlEndToEndId
  std::string status;                 // TxSts: ACSC, ACCP, PDNG, RJCT …
  std::optional<std::string> reason;  // StsRsnInf/Rsn/Cd: AC01, AM04 …
};
/// The transactions of a pain.002, of any version; an error in words when it is none. At most 10 MiB.
std::expected<std::vector<SepaResult>, std::string> read_pain002(std::string_view xml);

/// One transaction of an account: a detail of an entry, or an entry that has none.
struct AccountEntry {
  std::int64_t line = 0;                      // where it begins in the file, from 1
  std::string reference;                      // EndToEndId; empty when there is none
  std::optional<Money> amount;                // nullopt: not an amount of a currency that we know
  bool is_debit = false;                      // money left the account
  bool is_booked = false;                     // BOOK; pending and future entries are not
  bool is_return = false;                     // of an earlier transfer: RtrInf, or an entry that reverses one
  std::optional<std::string> reason;          // RtrInf/Rsn/Cd: AC04, MD07 …
  std::optional<std::string> bank_reference;  // AcctSvcrRef
  std::optional<Day> booked_on;
  std::optional<std::int64_t> fee;  // of the entry's charges in its own currency, minor units
};
/// The transactions of a camt.053, of the versions in use (.02 to .13); an error in words when it is none.
std::expected<std::vector<AccountEntry>, std::string> read_camt053(std::string_view xml);

}  // namespace tandem::payouts
