// Search as you type: what is typed becomes beginnings of words, which an index of words finds. Used by the
// lists of partners and contacts; the words themselves are split and lowered by SQL, both ways by the same
// lower().
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// The words typed, at most eight: the longest, which finds the fewest rows, and the others, which those rows
/// must have too.
struct SearchPrefixes {
  std::optional<std::string> longest;
  std::vector<std::string> others;

  explicit SearchPrefixes(std::string_view text) {
    constexpr std::size_t kWordsMax = 8;
    while (others.size() < kWordsMax) {
      const auto begin = text.find_first_not_of(' ');
      if (begin == std::string_view::npos) break;
      text.remove_prefix(begin);
      others.emplace_back(text.substr(0, text.find(' ')));
      text.remove_prefix(others.back().size());
    }
    const auto at = std::ranges::max_element(others, {}, &std::string::size);
    if (at == others.end()) return;
    longest = *at;
    others.erase(at);
  }
};

}  // namespace tandem
