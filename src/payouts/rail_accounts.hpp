// Rail accounts: what an organization has at the bank and at providers, from which it pays. Secrets are
// sealed and never shown again.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "payouts/rails.hpp"

namespace tandem::payouts {

using RailAccountId = Id<struct RailAccountTag>;

struct SetRailAccount {
  Rail rail{};
  std::optional<Text<1, 70>> payer_name;     // bank, sepa
  std::optional<Text<5, 40>> payer_account;  // bank, sepa: an IBAN
  std::optional<Text<8, 11>> payer_bic;      // sepa
  std::optional<SepaFormat> sepa_format;     // sepa: what the bank takes; pain_001_001_09 unless told
  std::optional<Text<1, 200>> client_id;     // paypal
  std::optional<Text<1, 20>> profile;        // wise: a number
  std::optional<Currency> source_currency;   // wise: of the balance that pays
  std::optional<Text<8, 300>> secret;        // paypal's client secret, wise's token, stripe's key
  std::optional<Lines<2000>> webhook_key;    // paypal's webhook id, wise's public key, stripe's secrets
};
BOOST_DESCRIBE_STRUCT(SetRailAccount, (),
                      (rail, payer_name, payer_account, payer_bic, sepa_format, client_id, profile,
                       source_currency, secret, webhook_key))

struct ShownRailAccount {
  RailAccountId id;
  Rail rail{};
  std::optional<std::string> payer_name, payer_account_hint, payer_bic;
  SepaFormat sepa_format{};
  std::optional<std::string> client_id, profile;
  std::optional<Currency> source_currency;
  bool has_secret = false, has_webhook_key = false;
  std::string webhook_path;  // to be called under this server's own name; empty for files
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(ShownRailAccount, (),
                      (id, rail, payer_name, payer_account_hint, payer_bic, sepa_format, client_id, profile,
                       source_currency, has_secret, has_webhook_key, webhook_path, created_at, updated_at))

/// What the organization has on this rail, opened; nullopt when it has nothing.
Task<std::optional<RailAccount>> rail_account(db::Tx& tx, Rail rail);

void declare_rail_accounts(http::Routes& routes);

}  // namespace tandem::payouts
