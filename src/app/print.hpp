// What commands print: tables for people, progress on a terminal.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tandem::app {

/// Columns padded to their widest cell; numbers (all digits, '-', '.', ',') to the right.
std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);
/// 241329.55 of 24132955 with two digits, thousands apart by commas.
std::string amount_text(std::int64_t minor, int exponent);

/// A bar on standard error while a terminal looks; silent otherwise.
class Progress {
 public:
  Progress(std::string what, std::uint64_t total);
  ~Progress();
  void at(std::uint64_t done);

 private:
  std::string what_;
  std::uint64_t total_, shown_ = 0;
  bool is_terminal_;
};

}  // namespace tandem::app
