// A provider that is not there: plays payouts to their end without an account anywhere, for demonstrations
// and for who builds on the API. It stands in for every rail whose address is set to "simulator", and the
// payee's account says what becomes of the payout: the one of these words that is in it, else it is paid at
// once.
//
//   failed     refused
//   slow       the provider takes two seconds to answer, and pays when it is asked for the first time
//   lost       paid, but the answer is lost: it is asked after, not sent twice
//   unclaimed  waits for the partner to take it; the second answer is that nobody did
//   returned   accepted, and comes back
//
// A connected account is ready as soon as the partner has been at the provider's page, which leads back at
// once; one in Antarctica (AQ) stays restricted.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <mutex>
#include <set>

#include "base/clock.hpp"
#include "payouts/adapters/clients.hpp"
#include "payouts/adapters/provider_call.hpp"

namespace tandem::payouts {

namespace {

constexpr std::chrono::seconds kSlow{2};

/// What was sent, for all threads; after a restart nothing was.
class Arrived {
 public:
  /// False when it was there before: the same payout is paid once.
  bool add(PayoutId id) {
    const std::scoped_lock lock(mutex_);
    return ids_.insert(id).second;
  }
  bool contains(PayoutId id) {
    const std::scoped_lock lock(mutex_);
    return ids_.contains(id);
  }

 private:
  std::mutex mutex_;
  std::set<PayoutId> ids_;
};
Arrived& arrived() {
  static Arrived all;
  return all;
}

bool says(const Instruction& to, std::string_view word) { return to.account.contains(word); }

RailAnswer became(const Instruction& to, PayoutState state, std::optional<std::string> reason = {}) {
  Outcome out{.state = state, .reason = std::move(reason)};
  out.external_id = "simulated_" + to.reference;
  return outcome(std::move(out));
}

class Simulator : public RailClient {
 public:
  Task<RailAnswer> send(Instruction to) override {
    const bool is_new = arrived().add(to.id);
    if (says(to, "slow")) {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, kSlow);
      co_await timer.async_wait(boost::asio::use_awaitable);
      co_return became(to, PayoutState::submitted);
    }
    if (says(to, "lost") && is_new) co_return unknown("the answer was lost");
    if (says(to, "failed")) co_return failed("refused by the simulator");
    if (says(to, "unclaimed")) co_return became(to, PayoutState::unclaimed);
    if (says(to, "returned")) co_return became(to, PayoutState::submitted);
    co_return became(to, PayoutState::paid);
  }

  Task<RailAnswer> look_up(Instruction to) override {
    if (to.external_id.empty() && !arrived().contains(to.id)) co_return absent("it never arrived");
    if (says(to, "unclaimed")) co_return became(to, PayoutState::returned, "nobody claimed it");
    if (says(to, "returned")) co_return became(to, PayoutState::returned, "returned by the simulator");
    co_return became(to, PayoutState::paid);
  }
};

class SimulatedConnect : public ConnectClient {
 public:
  Task<std::expected<std::string, ProviderRefusal>> open(ConnectedAccountId id, Country country) override {
    co_return fmt::format("acct_simulated_{}_{}", country.str(), id.str());
  }
  Task<std::expected<LinkMade, ProviderRefusal>> link(LinkWanted wanted) override {
    co_return LinkMade{std::move(wanted.return_url), Clock::now() + std::chrono::minutes{5}};
  }
  Task<std::expected<AccountStanding, ProviderRefusal>> ask(std::string external_id) override {
    if (external_id.contains("_AQ_"))
      co_return AccountStanding{ConnectedAccountState::restricted, "requirements.past_due"};
    co_return AccountStanding{ConnectedAccountState::ready, std::nullopt};
  }
};

}  // namespace

std::unique_ptr<ConnectClient> simulator_connect_client() { return std::make_unique<SimulatedConnect>(); }
std::unique_ptr<RailClient> simulator_client() { return std::make_unique<Simulator>(); }

}  // namespace tandem::payouts
