// Rails that are called: what is told to a provider and what its answers mean. The adapters are in adapters/;
// which of an organization's accounts at providers are used is in rail_accounts.cpp.
//
// A provider is called with the payout's own id as its idempotency key, so that the same payout sent twice is
// paid once; all the same what may have arrived is looked up first and sent again only when it is not there.
#pragma once
#include <chrono>
#include <expected>
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

/// Whether a provider pays to an account that it keeps for a partner: `onboarding` while the partner has not
/// told it everything, `restricted` while the provider checks or does not want to.
enum class ConnectedAccountState : int { onboarding, restricted, ready };
BOOST_DESCRIBE_ENUM(ConnectedAccountState, onboarding, restricted, ready)

struct ProviderRefusal {
  bool is_decided = false;  // it said no; else it did not answer, and may be asked again
  std::string reason;
};
struct AccountStanding {
  ConnectedAccountState state{};
  std::optional<std::string> reason;  // the provider's word; of those that are not ready
};
struct LinkWanted {
  std::string external_id, return_url, refresh_url;
  std::string key;  // the same key, the same link; empty: a new one
};
struct LinkMade {
  std::string url;
  Timestamp expires_at;
};

/// What Stripe Connect is asked about partners' accounts. Each call ends within 6 s.
class ConnectClient {
 public:
  virtual ~ConnectClient() = default;
  /// Makes the account; asked again, it is the same one. Gives what the provider calls it.
  virtual Task<std::expected<std::string, ProviderRefusal>> open(ConnectedAccountId id, Country country) = 0;
  /// The provider's page on which the partner says who it is.
  virtual Task<std::expected<LinkMade, ProviderRefusal>> link(LinkWanted wanted) = 0;
  virtual Task<std::expected<AccountStanding, ProviderRefusal>> ask(std::string external_id) = 0;
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
/// The client for partners' accounts at Stripe.
std::unique_ptr<ConnectClient> connect_client(RailAccount account);

}  // namespace tandem::payouts
