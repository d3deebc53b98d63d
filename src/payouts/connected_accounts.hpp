// Connected accounts: what Stripe keeps for a partner who is paid by it. The partner tells Stripe who it is
// on Stripe's own pages, and Stripe says when it can be paid; what it said last is kept, so that people know
// it before a payout is made. One for each partner.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "jobs/job.hpp"
#include "payouts/ids.hpp"
#include "payouts/rails.hpp"

namespace tandem::payouts {

struct AskForAccountLink {
  std::optional<Country>
      country;  // where the partner lives or is registered; needed until the account is made
};
BOOST_DESCRIBE_STRUCT(AskForAccountLink, (), (country))

struct ConnectedAccount {
  ConnectedAccountId id;
  PartnerId partner_id;
  Country country;
  std::optional<std::string> external_id;  // acct_…, the account of a payout method on the rail stripe
  ConnectedAccountState state{};
  std::optional<std::string> reason;    // Stripe's word for why it cannot be paid
  std::optional<Timestamp> checked_at;  // when Stripe was asked
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(ConnectedAccount, (),
                      (id, partner_id, country, external_id, state, reason, checked_at, created_at,
                       updated_at))

struct AccountLink {
  std::string url;       // Stripe's page, good for one visit
  Timestamp expires_at;  // within minutes
  ConnectedAccount connected_account;
};
BOOST_DESCRIBE_STRUCT(AccountLink, (), (url, expires_at, connected_account))

/// "payouts.check_account": what Stripe says of one account.
jobs::Kind check_account_job();
/// Asks Stripe soon about the account that it calls so, if it is a partner's; once for each `cause`. False:
/// it is nobody's.
Task<bool> check_soon(db::Tx& tx, std::string external_id, const std::string& cause);

void declare_connected_accounts(http::Routes& routes);

}  // namespace tandem::payouts
