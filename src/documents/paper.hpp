// A business document as plain data: who sends it to whom, figures, tables, notes. render() makes a PDF of
// it: A4, the organization's colour, tables that break over pages with their heads repeated, page numbers,
// embedded and subset fonts, text that can be searched and read aloud (structure tags, title and language).
// Pure; what stands in the paper is text, never markup.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/money.hpp"
#include "base/problem.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "documents/words.hpp"

namespace tandem::documents {

/// Sender or recipient.
struct Party {
  std::string heading;  // "To"
  std::string name;
  std::vector<std::string> lines;  // address, tax number …
};
/// One thing worth knowing at the top: "Period", "1 – 31 March 2026".
struct Fact {
  std::string label, value;
};
/// Text is broken over lines; a label (a day, a number) and a figure, which stands on the right, never are.
enum class ColumnKind { text, label, figure };
struct Column {
  std::string title;
  ColumnKind kind = ColumnKind::text;
  int weight = 1;  // share of what labels and figures leave, of texts
};
enum class RowStyle { plain, strong, total };
struct Row {
  std::vector<std::string> cells;  // one a column
  RowStyle style = RowStyle::plain;
};
struct Table {
  std::string title;
  std::vector<Column> columns;
  std::vector<Row> rows;
};

struct Paper {
  Language language = Language::en;
  std::string organization;     // the letterhead
  std::string accent;           // "#2f52d9"; anything else is the default colour
  std::string logo;             // PNG, on the first page; empty or unreadable: the name alone
  std::string title, subtitle;  // "Statement", "USD"
  std::vector<Party> parties;   // at most two stand side by side
  std::vector<Fact> facts;
  std::vector<Table> tables;
  std::vector<std::string> notes;
  Timestamp made_at;  // written into the document; equal papers give equal bytes
};

/// The bytes of the PDF. Throws std::runtime_error when there is no font.
std::string render(const Paper& paper);
/// The same on the thread for documents; throws Problem kUnavailable when too many wait.
Task<std::string> render_elsewhere(Paper paper);

}  // namespace tandem::documents
