// How fast passwords may be tried: 10 a minute from one address, and an account whose password was wrong five
// times within 15 minutes slows down: each further try waits its turn. Nothing is ever locked, and an account
// that does not exist slows down alike. One instance a process, in memory: a restart forgets, which costs a
// guesser more than it gives.
#pragma once
#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "http/address_limit.hpp"

namespace tandem::identity {

class LogInLimits {
 public:
  static LogInLimits& instance();
  /// Counts one try from this address. Throws Problem kTooManyRequests (429, Retry-After) beyond the limit.
  void enter(const std::string& client_ip) { sources_.enter(client_ip); }
  /// Waits as long as this account's failures ask for (1, 2, 4, 8 seconds). Throws Problem kTooManyRequests
  /// when four tries wait already. `account` is the address in lower case, whether or not there is such a
  /// user.
  Task<> wait_turn(std::string account);
  void failed(const std::string& account);
  void succeeded(const std::string& account);
  /// Tests begin anew, with every other limit of an address.
  void clear();

 private:
  using Time = Monotonic::time_point;
  struct Account {
    Time since;  // of the first of these failures
    int failures = 0, waiting = 0;
  };
  /// Bounded: what is old goes first, then everything.
  void make_room(Time oldest);
  std::chrono::seconds take_place(const std::string& account);
  void leave_place(const std::string& account);

  http::AddressLimit sources_{10, std::chrono::minutes{1}};
  std::mutex mutex_;
  std::unordered_map<std::string, Account> accounts_;
};

}  // namespace tandem::identity
