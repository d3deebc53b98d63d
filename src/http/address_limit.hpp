// How often one client address may do something that costs more than a request: try a password, look an
// invitation up, send a form. In memory, one process; a restart forgets, which costs a guesser more than it
// gives.
#pragma once
#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"

namespace tandem::http {

/// The network that one subscriber has: the first 64 bits of IPv6; an IPv4 address is itself.
std::string network_of(const std::string& ip);

/// One limit, for the life of the process. Thread-safe.
class AddressLimit {
 public:
  AddressLimit(int tries_max, std::chrono::seconds period);
  AddressLimit(const AddressLimit&) = delete;
  AddressLimit& operator=(const AddressLimit&) = delete;
  ~AddressLimit() = default;
  /// Counts one try. Throws Problem kTooManyRequests (429, Retry-After) beyond the limit.
  void enter(const std::string& client_ip);
  /// Tests begin anew: every limit of the process forgets.
  static void clear_all();

 private:
  struct Source {
    Monotonic::time_point since;
    int tries = 0;
  };
  const int tries_max_;
  const std::chrono::seconds period_;
  std::mutex mutex_;
  std::unordered_map<std::string, Source> sources_;  // bounded: what is old goes first, then everything
};

}  // namespace tandem::http
