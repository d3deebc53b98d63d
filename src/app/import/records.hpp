// Records of a CSV file, plain or gzip (RFC 4180 with a delimiter and a quote of choice). Reads in pieces, so
// a file of any size takes one buffer. Used by the reader of files.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/gzip.hpp"

namespace tandem::app::importing {

/// A file that cannot be imported at all; the text is for people.
class ImportError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr std::size_t kMostRecordBytes = 64 << 10;
inline constexpr std::size_t kMostCellBytes = 8 << 10;
inline constexpr std::size_t kMostColumns = 256;

/// Cells live until the next call of RecordReader::next(). Spaces and tabs around a cell are dropped.
struct Record {
  std::int64_t line = 0;  // of its first line, from 1
  std::span<const std::string_view> cells;
  /// More than kMostRecordBytes, or a quoted cell that does not end: the cells are empty and reading goes on
  /// after the record's first line.
  bool too_long = false;
};

class RecordReader {
 public:
  /// Throws ImportError when the file cannot be opened. A UTF-8 byte order mark is skipped.
  RecordReader(const std::filesystem::path& file, char delimiter, char quote);
  /// False at the end. Lines without a character are passed over. Throws ImportError when the gzip stream is
  /// broken.
  bool next(Record& out);

 private:
  void fill();
  std::size_t available() const { return end_ - begin_; }
  void split(char* first, char* last);
  char* end_of_quoted(char* first, char* last) const;
  void split_quoted(char* first, char* last);
  bool quoted(Record& out);
  void add(char* first, char* last);

  GzipReader file_;
  std::string name_;
  char delimiter_, quote_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  bool at_end_ = false;
  std::int64_t line_ = 1;
  std::vector<std::string_view> cells_;
};

}  // namespace tandem::app::importing
