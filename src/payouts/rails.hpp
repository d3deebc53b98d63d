// Rails that are called: what is told to a provider and what its answers mean. The adapters are in adapters/;
// which of an organization's accounts at providers are used is in rail_accounts.cpp.
//
// A provider is called with the payout's own id as its idempotency key, so that the same payout sent twice is
// paid once; all the same what may have arrived is looked up first and sent again only when it is not there.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "base/task.hpp"
#include "payouts/adapters/sepa.hpp"
#include "payouts/payouts.hpp"

namespace tandem::payouts {

/// One payout as a provider is told of it.
struct Instruction {
  PayoutId id;
  std::string reference;  // the id without dashes
  Money amount;
  std::string holder_name, account;
  std::string bank_code, country;              // empty: not known
  std::string external_id, external_batch_id;  // what the provider called it; empty: not known
};

/// What the organization has at a provider.
struct RailAccount {
  Rail rail{};
  std::string client_id;                    // PayPal
  std::string secret;                       // PayPal's client secret, Wise's token, Stripe's key
  std::string profile;                      // Wise
  std::optional<Currency> source_currency;  // Wise: of the balance that pays
  std::string webhook_key;                  // PayPal's webhook id, Wise's public key, Stripe's secret
  std::string payer_name, payer_account, payer_bic;  // SEPA
  SepaFormat sepa_format{};
};

struct RailAnswer {
  enum class Kind {
    outcome,  // the provider says what became of it
    absent,   // it certainly never arrived: it may be sent
    unknown,  // nobody knows: ask later
  };
  Kind kind = Kind::unknown;
  Outcome outcome = {};
  std::string reason = {};  // of absent and unknown, our own words
};

class RailClient {
 public:
  virtual ~RailClient() = default;
  /// Sends it, with the payout's id as the key of idempotency. Ends within 25 s.
  virtual Task<RailAnswer> send(Instruction instruction) = 0;
  /// What became of it.
  virtual Task<RailAnswer> look_up(Instruction instruction) = 0;
};

/// Instead of an address: no provider is called, see adapters/simulator.cpp.
inline constexpr std::string_view kSimulator = "simulator";
/// Where the providers are, without a path. Before the jobs run.
struct RailUrls {
  std::string paypal = "https://api-m.paypal.com";
  std::string wise = "https://api.wise.com";
  std::string stripe = "https://api.stripe.com";
};
void set_rail_urls(RailUrls urls);
const RailUrls& rail_urls();

/// The client of a rail that is called; nullptr for those that are files.
std::unique_ptr<RailClient> client_of(RailAccount account);

}  // namespace tandem::payouts
