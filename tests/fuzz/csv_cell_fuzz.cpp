// The CSV writer: every cell is one quoted cell, whatever is in it, and none begins a formula.
#include <cstdint>
#include <cstdlib>

#include "base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string cell;
  json::csv_cell(bytes, cell);
  if (cell.size() < 2 || cell.front() != '"' || cell.back() != '"') std::abort();
  std::string read;
  for (std::size_t i = 1; i + 1 < cell.size(); ++i) {
    if (cell[i] == '"' && (i + 2 >= cell.size() || cell[++i] != '"')) std::abort();
    read += cell[i];
  }
  const bool is_defused = read != bytes;
  if (is_defused && read != "'" + std::string(bytes)) std::abort();
  if (!read.empty() &&
      (read[0] == '=' || read[0] == '+' || read[0] == '@' || read[0] == '\t' || read[0] == '\r'))
    std::abort();
  return 0;
}
