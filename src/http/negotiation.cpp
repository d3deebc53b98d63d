#include "http/negotiation.hpp"

#include <algorithm>

namespace tandem::http {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The part before `separator`, trimmed; `rest` keeps what follows it.
std::string_view take(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return trimmed(part);
}

/// "0.5" → 500; malformed weights count as 0, so that nonsense is never preferred.
int read_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  int value = (text[0] - '0') * 1000, scale = 100;
  if (text.size() > 1 && text[1] != '.') return 0;
  for (std::size_t i = 2; i < text.size(); ++i, scale /= 10) {
    if (text[i] < '0' || text[i] > '9') return 0;
    value += (text[i] - '0') * scale;
  }
  return std::min(value, 1000);
}

int weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = take(parameters, ';');
    if (parameter.size() >= 2 && lower(parameter[0]) == 'q' && parameter[1] == '=')
      return read_weight(parameter.substr(2));
  }
  return 1000;
}

}  // namespace

bool is_content_type(std::string_view header, std::string_view type) {
  if (!same(take(header, ';'), type)) return false;
  while (!header.empty()) {
    std::string_view parameter = take(header, ';');
    if (parameter.empty()) continue;
    const std::string_view name = take(parameter, '=');
    if (!same(name, "charset") || (!same(parameter, "utf-8") && !same(parameter, "\"utf-8\""))) return false;
  }
  return true;
}

int accept_weight(std::string_view header, std::string_view type) {
  if (trimmed(header).empty()) return 1000;
  const std::string_view family = type.substr(0, type.find('/') + 1);
  int best = 0, specificity = -1;
  while (!header.empty()) {
    std::string_view element = take(header, ',');
    const std::string_view range = take(element, ';');
    int level = -1;
    if (same(range, type))
      level = 2;
    else if (range.size() == family.size() + 1 && range.back() == '*' &&
             same(range.substr(0, family.size()), family))
      level = 1;
    else if (range == "*/*")
      level = 0;
    if (level > specificity) {
      specificity = level;
      best = weight_of(element);
    }
  }
  return best;
}

int coding_weight(std::string_view header, std::string_view coding) {
  const int unnamed = same(coding, "identity") ? 1 : 0;
  int any = -1;
  while (!header.empty()) {
    std::string_view element = take(header, ',');
    const std::string_view name = take(element, ';');
    if (same(name, coding)) return weight_of(element);
    if (name == "*") any = weight_of(element);
  }
  return any >= 0 ? any : unnamed;
}

}  // namespace tandem::http
