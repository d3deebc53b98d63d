#include "http/address_limit.hpp"

#include <boost/asio/ip/address.hpp>

#include <vector>

#include "base/problem.hpp"

namespace tandem::http {

namespace {

constexpr std::size_t kSourcesMax = 100'000;

/// Every limit of the process, for tests.
std::vector<AddressLimit*>& all_limits() {
  static std::vector<AddressLimit*> limits;
  return limits;
}
std::mutex& all_limits_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

std::string network_of(const std::string& ip) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(ip, error);
  if (error || address.is_v4()) return ip;
  const auto bytes = address.to_v6().to_bytes();
  return {bytes.begin(), bytes.begin() + 8};
}

AddressLimit::AddressLimit(int tries_max, std::chrono::seconds period)
    : tries_max_(tries_max), period_(period) {
  const std::scoped_lock lock(all_limits_mutex());
  all_limits().push_back(this);
}

void AddressLimit::enter(const std::string& client_ip) {
  const std::scoped_lock lock(mutex_);
  const auto now = Monotonic::now();
  if (sources_.size() >= kSourcesMax) {
    std::erase_if(sources_, [&](const auto& entry) { return now - entry.second.since >= period_; });
    if (sources_.size() >= kSourcesMax) sources_.clear();
  }
  Source& source = sources_[network_of(client_ip)];
  if (source.tries == 0 || now - source.since >= period_) source = {now, 0};
  if (++source.tries <= tries_max_) return;
  const auto rest = std::chrono::ceil<std::chrono::seconds>(source.since + period_ - now);
  throw Problem(kTooManyRequests, "Too many attempts from this address.")
      .retry_after(static_cast<int>(rest.count()));
}

void AddressLimit::clear_all() {
  const std::scoped_lock all(all_limits_mutex());
  for (AddressLimit* limit : all_limits()) {
    const std::scoped_lock lock(limit->mutex_);
    limit->sources_.clear();
  }
}

}  // namespace tandem::http
