// What an import refused, line by line, and what it counted. Used by the reader of files and the import
// command.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::app::importing {

/// One refused line. `code` is one of docs/import.md; `rule` the name of a [[rules]] entry. Contents of cells
/// are not repeated.
struct Refusal {
  std::int64_t line = 0;
  std::string_view code;
  std::string column, rule, reason;
};

struct RuleCount {
  std::string name;
  std::int64_t lines = 0;
};

struct Counts {
  struct Lines {
    std::int64_t read = 0, used = 0, zero = 0, skipped = 0, refused = 0;
  } lines;
  std::vector<RuleCount> rules;
  std::int64_t rows_skipped = 0;  // conversions left out because they add up to 0
  std::int64_t rows_refused = 0;  // conversions, visits or leads of which a line was refused
};

/// The report as CSV, "line,column,code,rule,reason", in order of lines.
std::string report_csv(std::vector<Refusal> refusals);

}  // namespace tandem::app::importing
