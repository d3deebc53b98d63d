#include "ledger/rate_files.hpp"

#include <algorithm>
#include <array>

#include "base/csv.hpp"
#include "base/json_view.hpp"

namespace tandem::ledger {
namespace {

using Refusal = std::unexpected<std::string>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// "2026-03-10", and "10 March 2026" of ECB's file of the day.
std::optional<Day> day_of(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                     "May",       "June",     "July",     "August",
                                                     "September", "October",  "November", "December"};
  if (const auto day = Day::parse(text)) return day;
  const auto first = text.find(' '), second = text.rfind(' ');
  if (first == std::string_view::npos || first == second) return std::nullopt;
  const auto month = std::ranges::find(kMonths, text.substr(first + 1, second - first - 1));
  if (month == kMonths.end()) return std::nullopt;
  return Day::parse(fmt::format("{}-{:02}-{:0>2}", text.substr(second + 1), month - kMonths.begin() + 1,
                                text.substr(0, first)));
}

/// Adds a rate; false when it is none. `nominal` units of the other currency cost `rate` of the hub's.
bool add(RateFile& file, std::string_view code, std::string_view text, std::string_view nominal, Day day) {
  const auto rate = Decimal::parse(text), units = Decimal::parse(nominal);
  if (!rate || rate->sign() <= 0 || !units || units->sign() <= 0) return false;
  const auto currency = Currency::parse(code);
  const Currency hub = hub_of(file.source);
  if (!currency || *currency == hub) {
    ++file.unknown;
    return true;
  }
  Decimal each = *rate;
  if (*units != Decimal(1, 0)) {
    // Nominals are 10, 100 …, so twelve digits hold the quotient exactly.
    if (rate->scale() > 6 || units->scale() > 0) return false;
    __int128 scaled = rate->units();
    for (int i = rate->scale(); i < 12; ++i) scaled *= 10;
    each = Decimal(divide_rounded(scaled, units->units()), 12);
  }
  const bool is_ecb = file.source == RateSource::ecb;
  file.rates.push_back({file.source, is_ecb ? hub : *currency, is_ecb ? *currency : hub, each, day});
  return true;
}

/// The value of an attribute of an XML element's head, in either quotes.
std::optional<std::string_view> attribute(std::string_view head, std::string_view name) {
  for (auto at = head.find(name); at != std::string_view::npos; at = head.find(name, at + 1)) {
    if (at == 0 || (head[at - 1] != ' ' && head[at - 1] != '\n' && head[at - 1] != '\t')) continue;
    const auto equals = at + name.size();
    if (equals + 1 >= head.size() || head[equals] != '=') continue;
    const char quote = head[equals + 1];
    const auto end = head.find(quote, equals + 2);
    if ((quote != '"' && quote != '\'') || end == std::string_view::npos) continue;
    return head.substr(equals + 2, end - equals - 2);
  }
  return std::nullopt;
}

/// Cubes in cubes: one with a time, those inside it with a currency and a rate. A document type is refused,
/// so there are no entities to expand.
std::expected<RateFile, std::string> read_ecb_xml(std::string_view text) {
  if (text.find("<!DOCTYPE") != std::string_view::npos || text.find("<!ENTITY") != std::string_view::npos)
    return Refusal("a document type is not allowed");
  if (!trimmed(text).ends_with(":Envelope>")) return Refusal("the document is not whole");
  RateFile file{.source = RateSource::ecb, .rates = {}, .unknown = 0};
  std::optional<Day> day;
  for (auto at = text.find("<Cube"); at != std::string_view::npos; at = text.find("<Cube", at + 1)) {
    const auto end = text.find('>', at);
    if (end == std::string_view::npos) return Refusal("the document is not whole");
    const auto head = text.substr(at, end - at);
    if (const auto time = attribute(head, "time")) {
      day = Day::parse(*time);
      if (!day) return Refusal(fmt::format("'{}' is no day", *time));
    }
    const auto currency = attribute(head, "currency"), rate = attribute(head, "rate");
    if (!currency || !rate) continue;
    if (!day) return Refusal("a rate without a day");
    if (!add(file, *currency, *rate, "1", *day)) return Refusal(fmt::format("'{}' is no rate", *rate));
  }
  if (!day) return Refusal("there is no day in the document");
  return file;
}

std::expected<RateFile, std::string> read_cbu_json(std::string_view text) {
  const auto document = json::Document::parse(text, 32 * 1024 * 1024);
  if (!document) return Refusal("this is not JSON");
  RateFile file{.source = RateSource::cbu, .rates = {}, .unknown = 0};
  for (const auto& item : document->root().items()) {
    const auto currency = item["Ccy"].text(), rate = item["Rate"].text(), nominal = item["Nominal"].text(),
               date = item["Date"].text();
    if (!currency || !rate || !nominal || !date)
      return Refusal("an entry without Ccy, Rate, Nominal or Date");
    std::optional<Day> day;  // dd.MM.yyyy
    if (date->size() == 10 && (*date)[2] == '.' && (*date)[5] == '.')
      day = Day::parse(fmt::format("{}-{}-{}", date->substr(6), date->substr(3, 2), date->substr(0, 2)));
    if (!day) return Refusal(fmt::format("'{}' is no day", *date));
    if (!add(file, *currency, *rate, *nominal, *day)) return Refusal(fmt::format("'{}' is no rate", *rate));
  }
  return file;
}

/// A row a day, a column a currency; "N/A" or nothing where none was quoted.
std::expected<RateFile, std::string> read_csv(std::string_view text) {
  CsvReader reader(text_source(text));
  if (reader.next() != CsvReader::Step::row) return Refusal("the file is empty");
  constexpr std::string_view kUkraine = "UAH_per_";
  RateFile file{.source = RateSource::ecb, .rates = {}, .unknown = 0};
  std::vector<std::string> currencies;
  for (const auto cell : reader.row()) {
    auto name = trimmed(cell);
    if (name.starts_with(kUkraine)) {
      file.source = RateSource::nbu;
      name.remove_prefix(kUkraine.size());
    }
    currencies.emplace_back(name);
  }
  const bool is_table = currencies.size() >= 2 && (currencies[0] == "Date" || currencies[0] == "date") &&
                        std::ranges::all_of(currencies.begin() + 1, currencies.end(), [](const auto& name) {
                          return name.empty() || name.size() == 3;
                        });
  if (!is_table) return Refusal("no table of rates: Date,USD,JPY … or date,UAH_per_USD … is expected");
  while (reader.next() == CsvReader::Step::row) {
    const auto& row = reader.row();
    const auto day = day_of(trimmed(row[0]));
    if (!day) return Refusal(fmt::format("line {}: '{}' is no day", reader.line(), row[0]));
    for (std::size_t i = 1; i < std::min(row.size(), currencies.size()); ++i) {
      const auto cell = trimmed(row[i]);
      if (cell.empty() || cell == "N/A" || currencies[i].empty()) continue;
      if (!add(file, currencies[i], cell, "1", *day))
        return Refusal(fmt::format("line {}: '{}' is no rate", reader.line(), cell));
    }
  }
  if (const auto& problem = reader.problem())
    return Refusal(fmt::format("line {}: {}", problem->line, to_text(problem->kind)));
  return file;
}

}  // namespace

std::expected<RateFile, std::string> read_rates(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text = trimmed(text);
  if (text.starts_with('[')) return read_cbu_json(text);
  if (text.starts_with('<')) {
    if (text.substr(0, 400).find("Envelope") == std::string_view::npos)
      return Refusal("this is no document of rates");
    return read_ecb_xml(text);
  }
  return read_csv(text);
}

}  // namespace tandem::ledger
