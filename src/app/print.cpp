#include "app/print.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/text.hpp"

namespace tandem::app {
namespace {

bool is_number(const std::string& cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789.,-") == std::string::npos;
}

}  // namespace

std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> width;
  for (const auto& cell : header) width.push_back(code_points(cell));
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], code_points(row[i]));
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string space(width[i] - code_points(cells[i]), ' ');
      const bool right =
          std::ranges::all_of(rows, [&](const auto& row) { return row[i].empty() || is_number(row[i]); });
      if (i > 0) out += "  ";
      out += right ? space + cells[i] : i + 1 < cells.size() ? cells[i] + space : cells[i];
    }
    out += '\n';
  };
  line(header);
  for (const auto& row : rows) line(row);
  return out;
}

std::string amount_text(std::int64_t minor, int exponent) {
  std::string digits = std::to_string(minor < 0 ? -minor : minor);
  const auto decimals = static_cast<std::size_t>(exponent);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  std::string fraction = digits.substr(digits.size() - decimals);
  std::string whole = digits.substr(0, digits.size() - decimals);
  for (std::size_t i = whole.size(); i > 3; i -= 3) whole.insert(i - 3, ",");
  return (minor < 0 ? "-" : "") + whole + (decimals > 0 ? "." + fraction : "");
}

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)), total_(total), is_terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (is_terminal_ && shown_ > 0) fmt::print(stderr, "\r\x1b[K");
}

void Progress::at(std::uint64_t done) {
  constexpr std::uint64_t kSteps = 200;
  if (!is_terminal_ || total_ == 0 || (done < total_ && done - shown_ < total_ / kSteps)) return;
  shown_ = std::max<std::uint64_t>(done, 1);
  constexpr std::uint64_t kWidth = 40;
  const auto filled = static_cast<int>(kWidth * std::min(done, total_) / total_);
  fmt::print(stderr, "\r\x1b[K{} [{:#<{}}{: <{}}] {:3} %", what_, "", filled, "",
             static_cast<int>(kWidth) - filled, 100 * std::min(done, total_) / total_);
  std::fflush(stderr);
}

}  // namespace tandem::app
