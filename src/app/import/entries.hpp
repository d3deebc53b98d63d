// Lines gathered to what they stand for: one entry is one conversion, visit or lead. Texts are kept once,
// however many lines repeat them, so a file of millions of lines fits into memory. Used by the reader of
// files.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/import/lines.hpp"
#include "app/import/mapping.hpp"
#include "app/import/report.hpp"
#include "app/import/times.hpp"
#include "base/money.hpp"
#include "base/time.hpp"

namespace tandem::app::importing {

inline constexpr std::size_t kMostGroupLines = 100'000;

/// Texts by number; 0 is the empty one.
class Texts {
 public:
  Texts() { number({}); }
  std::uint32_t number(std::string_view text);
  const std::string& text(std::uint32_t number) const { return texts_[number]; }

 private:
  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

struct Entry {
  std::array<std::uint32_t, kFacts> facts{};  // numbers of texts
  std::vector<std::uint32_t> metadata;
  Decimal total, tax, discount, cost;  // exact, major units
  Timestamp at;
  std::int64_t refused_by = 0;       // a line; 0: no line was refused
  std::vector<std::uint32_t> lines;  // that were not refused themselves, in order of the file
  std::uint32_t zero_lines = 0;      // of these
  bool several_products = false;
  bool several_metadata = false;

  std::uint32_t operator[](Fact fact) const { return facts[static_cast<std::size_t>(fact)]; }
};

/// Checks lines and adds them up. What it refuses is in refusals(); entries with refused_by != 0 are not to
/// be stored.
class Entries {
 public:
  Entries(const Mapping& mapping, const LineReader& reader);
  void add(const Line& line);
  std::vector<Entry>& all() { return entries_; }
  const std::string& text(std::uint32_t number) const { return texts_.text(number); }
  std::vector<Refusal>& refusals() { return refusals_; }
  std::int64_t skipped_lines() const { return skipped_lines_; }
  std::int64_t read_lines() const { return read_lines_; }

 private:
  /// What one line comes to; `refusal.code` is empty when it is good.
  struct Values {
    std::array<std::uint32_t, kFacts> facts{};
    Timestamp at;
    Decimal amount, tax, discount, cost;
    Refusal refusal;
  };
  bool read(const Line& line, Values& out);
  bool read_texts(const Line& line, Values& out);
  bool read_amounts(const Line& line, Values& out);
  bool read_number(const Line& line, Fact fact, Decimal& number, Values& out) const;
  bool refuse(const Line& line, Values& out, std::string_view code, Fact fact, std::string reason) const;
  Entry* entry_of(const Line& line, std::uint32_t external_id, Values& out);
  bool agree(const Line& line, Entry& entry, Values& values) const;
  void merge(const Line& line, Entry& entry, const Values& values);

  const Mapping& mapping_;
  const LineReader& reader_;
  TimeReader times_;
  Texts texts_;
  std::vector<Fact> required_;
  std::vector<Entry> entries_;
  std::unordered_map<std::uint32_t, std::size_t> by_external_id_;
  std::vector<Refusal> refusals_;
  std::int64_t read_lines_ = 0, skipped_lines_ = 0;
};

}  // namespace tandem::app::importing
