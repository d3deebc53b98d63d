#include "identity/log_in_limits.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "base/problem.hpp"

namespace tandem::identity {

namespace {

using namespace std::chrono_literals;

constexpr auto kAccountPeriod = 15min;
constexpr int kFreeFailures = 5, kWaitingMax = 4, kDoublingsMax = 3;
constexpr std::size_t kEntriesMax = 100'000;

}  // namespace

LogInLimits& LogInLimits::instance() {
  static LogInLimits limits;
  return limits;
}

void LogInLimits::make_room(Time oldest) {
  if (accounts_.size() < kEntriesMax) return;
  std::erase_if(accounts_, [&](const auto& entry) { return entry.second.since < oldest; });
  if (accounts_.size() >= kEntriesMax) accounts_.clear();
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
  make_room(now - kAccountPeriod);
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
  http::AddressLimit::clear_all();
  const std::scoped_lock lock(mutex_);
  accounts_.clear();
}

}  // namespace tandem::identity
