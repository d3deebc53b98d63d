// The sites of the European Central Bank and of the Central Bank of Uzbekistan, from one table: the XML of
// the day and of ninety days in single quotes, the JSON of the current day with nominals and Cyrillic names;
// and the faults that they are known for. In tests only; it runs on the test's event loop.
#pragma once
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "support/local_server.hpp"

namespace tandem::test {

struct EmulatedRateFault {
  int status = 503;                 // 0: the connection is closed without a word
  bool is_protection_page = false;  // HTML with 200
  bool is_truncated = false;        // half of the answer
};

class RatesEmulator {
 public:
  explicit RatesEmulator(boost::asio::any_io_executor executor);

  std::string url() const { return fmt::format("http://127.0.0.1:{}", server_.port()); }
  /// Day to currency to units for one euro; the last day is the day's file.
  std::map<std::string, std::map<std::string, std::string>> ecb;
  struct Som {
    std::string currency, nominal, rate;
  };
  std::string cbu_date = "10.03.2026";
  std::vector<Som> cbu;
  std::deque<EmulatedRateFault> faults;
  std::vector<std::string> journal;  // target of each call

 private:
  Task<> answer(LocalRequest request, LocalWrite write);
  std::string said(const std::string& target) const;
  LocalServer server_;
};

}  // namespace tandem::test
