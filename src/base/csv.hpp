// Reading CSV (RFC 4180) from a stream, row by row, in bounded memory. Used by imports.
//
//   CsvReader reader(source);
//   while (reader.next() == CsvReader::Step::row) use(reader.row(), reader.line());
//   if (const auto& problem = reader.problem()) …
//
// Accepts LF and CRLF, quoted fields with doubled quotes, delimiters and line ends inside, a UTF-8 byte order
// mark, a last line without an end. A quote within an unquoted field stands for itself. Empty lines are
// skipped. What the bytes mean (UTF-8, numbers) is the caller's business.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// Fills at most `size` bytes at `out` and returns how many; 0 at the end. May throw; what it throws passes
/// through.
using ByteSource = std::function<std::size_t(char* out, std::size_t size)>;

/// A source that reads a text; the text must outlive it.
ByteSource text_source(std::string_view text);

struct CsvOptions {
  char delimiter = ',';
  std::size_t field_bytes_max = 64 * 1024;
  std::size_t row_bytes_max = 1024 * 1024;
  std::size_t fields_max = 1000;
};

/// Why reading stopped before the end.
struct CsvProblem {
  std::int64_t line;  // where the row began, from 1
  enum class Kind {
    unclosed_quote,    // the input ends inside a quoted field
    text_after_quote,  // something other than a delimiter or line end follows a closing quote
    field_too_long,
    row_too_long,
    too_many_fields,
  } kind;
  bool operator==(const CsvProblem&) const = default;
};
/// One sentence for people.
std::string_view to_text(CsvProblem::Kind kind);

class CsvReader {
 public:
  explicit CsvReader(ByteSource source, CsvOptions options = {});

  enum class Step { row, end, refused };
  /// Reads the next row. After end or refused every call returns the same.
  Step next();
  /// The fields of the row that next() read, valid until it is called again.
  const std::vector<std::string_view>& row() const { return row_; }
  /// The line on which that row began, from 1; line ends inside quotes count.
  std::int64_t line() const { return row_line_; }
  const std::optional<CsvProblem>& problem() const { return problem_; }

 private:
  enum class State { field_start, unquoted, quoted, quote_in_quoted };

  bool fill();
  bool take_row();
  bool take_char(char c);
  bool append(std::string_view bytes);
  bool end_field();
  bool refuse(CsvProblem::Kind kind);
  std::string_view plain_run() const;
  void begin_row();
  void finish_row();

  ByteSource source_;
  CsvOptions options_;
  std::vector<char> chunk_;
  std::size_t at_ = 0, filled_ = 0;
  bool source_ended_ = false;
  bool started_ = false;

  State state_ = State::field_start;
  std::string text_;               // the row's fields, unquoted, one after the other
  std::vector<std::size_t> ends_;  // where each field ends in text_
  std::vector<std::string_view> row_;
  std::int64_t line_ = 1, row_line_ = 1;
  std::optional<CsvProblem> problem_;
  bool ended_ = false;
};

}  // namespace tandem
