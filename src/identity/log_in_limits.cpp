#include "identity/log_in_limits.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "base/problem.hpp"

namespace tandem::identity {

namespace {

using namespace std::chrono_literals;

constexpr auto kSourcePeriod = 60s;
constexpr int kSourceTriesMax = 10;
constexpr auto kAccountPeriod = 15min;
constexpr int kFreeFailures = 5, kWaitingMax = 4, kDoublingsMax = 3;
constexpr std::size_t kEntriesMax = 100'000;

/// The network that one subscriber has: the first 64 bits of IPv6; an IPv4 address is itself.
std::string network_of(const std::string& ip) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(ip, error);
  if (error || address.is_v4()) return ip;
  const auto bytes = address.to_v6().to_bytes();
  return {bytes.begin(), bytes.begin() + 8};
}

}  // namespace

LogInLimits& LogInLimits::instance() {
  static LogInLimits limits;
  return limits;
}

template <class Entry>
void LogInLimits::make_room(std::unordered_map<std::string, Entry>& entries, Time oldest) {
  if (entries.size() < kEntriesMax) return;
  std::erase_if(entries, [&](const auto& entry) { return entry.second.since < oldest; });
  if (entries.size() >= kEntriesMax) entries.clear();
}

void LogInLimits::enter(const std::string& client_ip) {
  const std::scoped_lock lock(mutex_);
  const Time now = Monotonic::now();
  make_room(sources_, now - kSourcePeriod);
  Source& source = sources_[network_of(client_ip)];
  if (source.tries == 0 || now - source.since >= kSourcePeriod) source = {now, 0};
  if (++source.tries <= kSourceTriesMax) return;
  const auto rest = std::chrono::ceil<std::chrono::seconds>(source.since + kSourcePeriod - now);
  throw Problem(kTooManyRequests, "Too many attempts from this address.")
      .retry_after(static_cast<int>(rest.count()));
}

std::chrono::seconds LogInLimits::take_place(const std::string& account) {
  const std::scoped_lock lock(mutex_);
  const auto found = accounts_.find(account);
  if (found == accounts_.end()) return 0s;
  Account& known = found->second;
  if (Monotonic::now() - known.since >= kAccountPeriod && known.waiting == 0) {
    accounts_.erase(found);
    return 0s;
  }
  if (known.failures < kFreeFailures) return 0s;
  const auto pause = 1s * (1 << std::min(known.failures - kFreeFailures, kDoublingsMax));
  if (known.waiting >= kWaitingMax)
    throw Problem(kTooManyRequests, "Too many attempts for this account.")
        .retry_after(static_cast<int>(pause.count()));
  ++known.waiting;
  return pause;
}

void LogInLimits::leave_place(const std::string& account) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = accounts_.find(account); found != accounts_.end())
    found->second.waiting = std::max(0, found->second.waiting - 1);
}

Task<> LogInLimits::wait_turn(std::string account) {
  const auto pause = take_place(account);
  if (pause == 0s) co_return;
  struct Place {
    LogInLimits& limits;
    const std::string& of;
    Place(LogInLimits& all, const std::string& account_name) : limits(all), of(account_name) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { limits.leave_place(of); }  // also when the client goes away
  };
  const Place place(*this, account);
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  timer.expires_after(pause);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

void LogInLimits::failed(const std::string& account) {
  const std::scoped_lock lock(mutex_);
  const Time now = Monotonic::now();
  make_room(accounts_, now - kAccountPeriod);
  Account& known = accounts_[account];
  if (known.failures == 0 || now - known.since >= kAccountPeriod) {
    known.since = now;
    known.failures = 0;
  }
  ++known.failures;
}

void LogInLimits::succeeded(const std::string& account) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = accounts_.find(account); found != accounts_.end()) found->second.failures = 0;
}

void LogInLimits::clear() {
  const std::scoped_lock lock(mutex_);
  sources_.clear();
  accounts_.clear();
}

}  // namespace tandem::identity
