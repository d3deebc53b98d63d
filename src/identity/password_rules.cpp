#include "identity/password_rules.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_set>

namespace tandem::embedded {
extern const std::string_view common_passwords_txt;
}  // namespace tandem::embedded

namespace tandem::identity {

namespace {

constexpr std::size_t kBytesMin = 12, kDistinctMin = 5, kAroundMax = 6, kStemMin = 5;

const std::unordered_set<std::string_view>& common() {
  static const auto words = [] {
    std::unordered_set<std::string_view> out;
    std::string_view rest = embedded::common_passwords_txt;
    while (!rest.empty()) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (!line.empty() && !line.starts_with('#')) out.insert(line);
    }
    return out;
  }();
  return words;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

/// The part without digits and signs around it, when there are few of them.
std::string_view stem_of(std::string_view text) {
  std::string_view stem = text;
  while (!stem.empty() && !is_letter(stem.front())) stem.remove_prefix(1);
  while (!stem.empty() && !is_letter(stem.back())) stem.remove_suffix(1);
  return text.size() - stem.size() <= kAroundMax ? stem : text;
}

/// "abcabcabcabc" is "abc", which is shorter than any password may be.
bool is_repetition(std::string_view text) {
  for (std::size_t part = 1; part <= text.size() / 2; ++part)
    if (text.substr(part) == text.substr(0, text.size() - part)) return true;
  return false;
}

/// "abcdefghijkl", "987654321098": each character follows the one before.
bool is_sequence(std::string_view text) {
  const auto follows = [&](int step) {
    for (std::size_t i = 1; i < text.size(); ++i) {
      const int change = text[i] - text[i - 1];
      if (change != step && change != -9 * step) return false;
    }
    return true;
  };
  return follows(1) || follows(-1);
}

}  // namespace

bool is_common_password(std::string_view password) {
  const std::string text = lower(password);
  if (std::set<char>(text.begin(), text.end()).size() < kDistinctMin) return true;
  if (common().contains(text) || is_repetition(text) || is_sequence(text)) return true;
  const auto stem = stem_of(text);
  return stem.size() >= kStemMin && common().contains(stem);
}

void check_new_password(const crypto::PasswordText& password, std::string_view email) {
  const std::string& text = password.secret().reveal();
  if (text.size() < kBytesMin)
    throw invalid_field("/password", "out_of_range", "12 bytes or more; several words make a good one");
  const std::string address = lower(email), given = lower(text);
  const auto name = std::string_view(address).substr(0, address.find('@'));
  if (is_common_password(text) || given == address || stem_of(given) == name)
    throw invalid_field("/password", "common", "this password is among those that are tried first");
}

}  // namespace tandem::identity
