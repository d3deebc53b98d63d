// Lines of a file as facts: the mapping's columns found in the header, cells in UTF-8, rules applied. Says
// nothing yet of what the facts come to. Used by the reader of files.
#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/import/mapping.hpp"
#include "app/import/records.hpp"
#include "app/import/report.hpp"

namespace tandem::app::importing {

inline constexpr std::int64_t kMostLines = 10'000'000;

/// Facts live until the next call of LineReader::next(); those that the mapping does not name are empty.
struct Line {
  enum class Verdict { use, zero, skip, refuse };
  std::int64_t number = 0;
  Verdict verdict = Verdict::use;
  std::array<std::string_view, kFacts> facts;
  std::vector<std::string_view> metadata;  // in the order of Mapping::metadata
  Refusal refusal;                         // when refused; external_id is given where it could be read

  std::string_view operator[](Fact fact) const { return facts[static_cast<std::size_t>(fact)]; }
};

class LineReader {
 public:
  /// Reads the header. Throws ImportError when a column of the mapping is not in it, or a name occurs twice.
  LineReader(const std::filesystem::path& file, const Mapping& mapping);
  /// False at the end. Throws ImportError beyond kMostLines.
  bool next(Line& out);
  /// The column (or "constant") from which a fact comes, for reports.
  std::string column_of(Fact fact) const;
  /// Lines by rule, in the mapping's order.
  const std::vector<RuleCount>& rule_counts() const { return rule_counts_; }

 private:
  /// Where a text comes from: a cell by its index, or a constant.
  struct Slot {
    static constexpr std::size_t kNone = SIZE_MAX, kConstant = SIZE_MAX - 1;
    std::size_t index = kNone;
    std::string_view constant;
  };
  struct BoundTest {
    Slot slot;
    const Test* test;
  };
  Slot bind(const Place& place) const;
  std::string_view text(const Slot& slot) const;
  bool read_cells(const Record& record, Line& out);
  bool holds(const BoundTest& bound) const;
  void apply_rules(Line& out);

  const Mapping& mapping_;
  RecordReader records_;
  std::vector<std::string> header_;
  std::array<Slot, kFacts> facts_;
  std::vector<Slot> metadata_;
  std::vector<std::vector<BoundTest>> rules_;
  std::vector<std::size_t> used_;  // indices of the cells that the mapping reads
  std::vector<RuleCount> rule_counts_;
  std::vector<std::string_view> cells_;  // of the record at hand, in UTF-8
  std::vector<std::string> scratch_;     // one for each used cell
  std::int64_t lines_ = 0;
};

}  // namespace tandem::app::importing
