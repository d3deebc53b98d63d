// TANDEM_ASSERT: states what must be true, in release builds too. Failing it ends the request with a 500 and
// the facts in the log; it never ends the server.
#pragma once
#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace tandem {

/// A broken promise of our own code. Never caught by features; dispatch answers 500 and logs the text.
class AssertionFailed : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line,
                                          std::string facts) {
  throw AssertionFailed(fmt::format("{}:{}: {} does not hold. {}", file, line, condition, facts));
}

}  // namespace tandem

/// TANDEM_ASSERT(condition, "format {}", facts…): throws AssertionFailed when the condition is false.
#define TANDEM_ASSERT(condition, ...)                                                         \
  do {                                                                                        \
    if (!(condition))                                                                         \
      ::tandem::assertion_failed(#condition, __FILE__, __LINE__, ::fmt::format(__VA_ARGS__)); \
  } while (false)
