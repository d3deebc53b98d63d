// Payout methods: where a partner's money goes, one active for each currency. The account is sealed; people
// see its last four, and every look at the whole of it is in the audit. A new one replaces the old and is
// paid to after 72 hours, so that whoever took over a login does not take the next payout too.
#pragma once
#include <chrono>

#include "base/page.hpp"
#include "http/routes.hpp"
#include "payouts/accounts.hpp"
#include "payouts/ids.hpp"
#include "payouts/rails.hpp"

namespace tandem::payouts {

inline constexpr std::chrono::hours kCoolDown{72};

enum class MethodState : int { active, replaced, removed };
BOOST_DESCRIBE_ENUM(MethodState, active, replaced, removed)

struct CreatePayoutMethod {
  Rail rail{};
  Currency currency;
  Text<1, 70> holder_name;  // as the bank knows it
  Text<5, 127> account;     // IBAN, account number, the provider's e-mail or id
  std::optional<Text<1, 20>> bank_code;
  std::optional<Text<1, 120>> bank_name;
  std::optional<Text<8, 11>> bic;
  std::optional<Country> country;    // of the account
  std::optional<bool> takes_others;  // also what is earned in currencies without a method of their own
};
BOOST_DESCRIBE_STRUCT(CreatePayoutMethod, (),
                      (rail, currency, holder_name, account, bank_code, bank_name, bic, country,
                       takes_others))

struct PayoutMethod {
  PayoutMethodId id;
  PartnerId partner_id;
  Rail rail{};
  Currency currency;
  std::string holder_name, account_hint;
  std::optional<std::string> bank_code, bank_name, bic;
  std::optional<Country> country;
  bool takes_others = false;  // converted, at the rate of the day when the payout is drafted
  MethodState state{};
  std::optional<ConnectedAccountState> connected_account_state;  // of one that Stripe keeps for the partner
  Timestamp usable_at, created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(PayoutMethod, (),
                      (id, partner_id, rail, currency, holder_name, account_hint, bank_code, bank_name, bic,
                       country, takes_others, state, connected_account_state, usable_at, created_at,
                       updated_at))

struct ListPayoutMethods {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<PartnerId> partner_id;
  std::optional<Rail> rail;
  std::optional<MethodState> state;
};
BOOST_DESCRIBE_STRUCT(ListPayoutMethods, (), (cursor, limit, partner_id, rail, state))

/// The whole account of a method, for whoever pays it. Asserts that it opens.
std::string open_account(OrganizationId organization_id, PayoutMethodId id, const db::Bytes& sealed);

void declare_methods(http::Routes& routes);

}  // namespace tandem::payouts
