#include "payouts/adapters/provider_reports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "payouts/bank_results.hpp"

namespace tandem::payouts {

namespace {

constexpr std::size_t kCellMax = 2'000;

/// A CSV file whose first line names the columns.
class Sheet {
 public:
  explicit Sheet(std::string_view csv) : reader_(text_source(csv)) {
    if (reader_.next() != CsvReader::Step::row) return;
    for (std::size_t i = 0; i < reader_.row().size(); ++i)
      columns_.try_emplace(std::string(trimmed(reader_.row()[i])), i);
  }
  bool has(std::string_view column) const { return columns_.contains(std::string(column)); }
  bool next() { return reader_.next() == CsvReader::Step::row; }
  /// Empty when there is no such column or the row is shorter.
  std::string_view cell(std::string_view column) const {
    const auto at = columns_.find(std::string(column));
    if (at == columns_.end() || at->second >= reader_.row().size()) return {};
    return trimmed(reader_.row()[at->second]);
  }
  std::int64_t line() const { return reader_.line(); }
  /// Why it is no such file, once it is read to its end.
  std::optional<std::string> problem() const {
    if (!reader_.problem()) return std::nullopt;
    return fmt::format("line {}: {}", reader_.problem()->line, to_text(reader_.problem()->kind));
  }

 private:
  static std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
  }
  CsvReader reader_;
  std::map<std::string, std::size_t> columns_;
};

/// "-1,234.56", "1.234,56", "1 234" and "-142.75" in minor units: the last point or comma parts the decimals
/// unless three digits follow it and the currency has not three of them.
std::optional<std::int64_t> minor_units_of(std::string_view text, Currency currency) {
  constexpr std::size_t kThousands = 3;
  const auto mark = text.find_last_of(".,");
  const bool has_decimals =
      mark != std::string_view::npos &&
      (text.size() - mark - 1 != kThousands || currency.exponent() == static_cast<int>(kThousands));
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '-' || (c >= '0' && c <= '9'))
      plain += c;
    else if (i == mark && has_decimals)
      plain += '.';
    else if (c != '.' && c != ',' && c != ' ' && c != '\xC2' && c != '\xA0')  // also an unbroken space
      return std::nullopt;
  }
  const auto value = Decimal::parse(plain);
  return value ? value->exact(currency.exponent()) : std::nullopt;
}

std::optional<Currency> currency_of(std::string_view text) {
  std::string code(text);
  for (char& c : code)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return Currency::parse(code);
}

/// Amount, direction and fee of a line; the error in words.
std::optional<std::string> take_money(ProviderMove& move, std::string_view gross, std::string_view fee,
                                      std::string_view currency) {
  const auto known = currency_of(currency);
  if (!known) return fmt::format("line {}: \"{}\" is no currency", move.line, head_of(currency, 20));
  const auto amount = minor_units_of(gross, *known);
  if (!amount) return fmt::format("line {}: \"{}\" is no amount", move.line, head_of(gross, 40));
  move.amount = {std::abs(*amount), *known};
  move.is_out = *amount < 0;
  if (const auto taken = fee.empty() ? std::nullopt : minor_units_of(fee, *known))
    move.fee = std::abs(*taken);
  return std::nullopt;
}

/// References of payouts among the words of a text.
void take_references(std::vector<std::string>& names, std::string_view text) {
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (is_payout_reference(word)) {
      names.emplace_back(word);
      std::erase(names.back(), '-');
    }
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
}

/// How a file writes its days.
enum class DayOrder { unknown, month_first, day_first };

/// The three numbers of "03/31/2026" or "31.03.2026".
std::optional<std::array<int, 3>> parts_of(std::string_view text) {
  std::array<int, 3> out{};
  std::size_t at = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      out.at(at) = out.at(at) * 10 + (c - '0');
      if (out.at(at) > 9999) return std::nullopt;
    } else if ((c == '/' || c == '.') && at < 2) {
      ++at;
    } else {
      return std::nullopt;
    }
  }
  return at == 2 ? std::optional(out) : std::nullopt;
}

std::optional<Day> day_of(std::string_view text, DayOrder order) {
  if (const auto day = Day::parse(text)) return day;
  if (text.contains('.')) order = DayOrder::day_first;
  const auto parts = parts_of(text);
  if (!parts || order == DayOrder::unknown) return std::nullopt;
  const auto [a, b, year] = *parts;
  return Day::parse(order == DayOrder::month_first ? fmt::format("{:04}-{:02}-{:02}", year, a, b)
                                                   : fmt::format("{:04}-{:02}-{:02}", year, b, a));
}

/// As a file with such a day shows.
DayOrder order_of(std::string_view text) {
  constexpr int kMonths = 12;
  const auto parts = parts_of(text);
  if (!parts || !text.contains('/')) return DayOrder::unknown;
  if ((*parts)[0] > kMonths) return DayOrder::day_first;
  return (*parts)[1] > kMonths ? DayOrder::month_first : DayOrder::unknown;
}

void widen(ProviderReport& report, const std::optional<Day>& day) {
  if (!day) return;
  report.first = std::min(report.first.value_or(*day), *day);
  report.last = std::max(report.last.value_or(*day), *day);
}

std::unexpected<std::string> lacks(std::string_view column) {
  return std::unexpected(fmt::format("the file has no column \"{}\"", column));
}

}  // namespace

std::expected<ProviderReport, std::string> read_paypal_activity(std::string_view csv) {
  Sheet sheet(csv);
  for (const auto* column : {"Date", "Type", "Status", "Currency", "Gross", "Fee", "Transaction ID"})
    if (!sheet.has(column)) return lacks(column);
  ProviderReport out;
  std::vector<std::string> days, all_days;  // of moves, of all lines
  DayOrder order = DayOrder::unknown;
  while (sheet.next()) {
    const auto date = sheet.cell("Date").substr(0, kCellMax);
    all_days.emplace_back(date);
    if (const auto shown = order_of(date); shown != DayOrder::unknown) order = shown;
    const auto type = sheet.cell("Type");
    if (sheet.cell("Status") != "Completed" || type.contains("onversion") || type.contains("Hold")) {
      ++out.others;
      continue;
    }
    ProviderMove move{.line = sheet.line(), .names = {}, .amount = {}};
    if (auto wrong = take_money(move, sheet.cell("Gross"), sheet.cell("Fee"), sheet.cell("Currency")))
      return std::unexpected(*std::move(wrong));
    for (const auto* column : {"Custom Number", "Invoice Number", "Note"})
      take_references(move.names, sheet.cell(column).substr(0, kCellMax));
    for (const auto* column : {"Transaction ID", "Reference Txn ID"})
      if (const auto id = sheet.cell(column); !id.empty() && id.size() <= kCellMax)
        move.names.emplace_back(id);
    days.emplace_back(date);
    out.moves.push_back(std::move(move));
  }
  if (auto problem = sheet.problem()) return std::unexpected(*std::move(problem));
  for (std::size_t i = 0; i < days.size(); ++i) out.moves[i].on = day_of(days[i], order);
  for (const auto& day : all_days) widen(out, day_of(day, order));
  return out;
}

std::expected<ProviderReport, std::string> read_stripe_balance(std::string_view csv) {
  Sheet sheet(csv);
  for (const auto* column : {"reporting_category", "source_id", "currency", "gross", "fee"})
    if (!sheet.has(column)) return lacks(column);
  const std::string_view created = sheet.has("created") ? "created" : "created_utc";
  if (!sheet.has(created)) return lacks("created");
  ProviderReport out;
  constexpr std::size_t kDayLength = 10;  // "2026-03-31 09:15:00"
  while (sheet.next()) {
    const auto day = Day::parse(sheet.cell(created).substr(0, kDayLength));
    widen(out, day);
    const auto category = sheet.cell("reporting_category");
    if (category != "transfer" && category != "transfer_reversal") {
      ++out.others;
      continue;
    }
    ProviderMove move{.line = sheet.line(), .names = {}, .amount = {}, .on = day};
    if (auto wrong = take_money(move, sheet.cell("gross"), sheet.cell("fee"), sheet.cell("currency")))
      return std::unexpected(*std::move(wrong));
    take_references(move.names, sheet.cell("description").substr(0, kCellMax));
    move.names.emplace_back(sheet.cell("source_id").substr(0, kCellMax));
    out.moves.push_back(std::move(move));
  }
  if (auto problem = sheet.problem()) return std::unexpected(*std::move(problem));
  return out;
}

}  // namespace tandem::payouts
