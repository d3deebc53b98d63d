#include "app/import/report.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace tandem::app::importing {

std::string report_csv(std::vector<Refusal> refusals) {
  std::ranges::sort(refusals, {}, &Refusal::line);
  std::string out = "line,column,code,rule,reason\r\n";
  for (const auto& refusal : refusals) {
    out += std::to_string(refusal.line);
    for (const std::string_view cell : {std::string_view(refusal.column), refusal.code,
                                        std::string_view(refusal.rule), std::string_view(refusal.reason)}) {
      out += ',';
      json::csv_cell(cell, out);
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace tandem::app::importing
