#include "app/import/records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace tandem::app::importing {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
static_assert(kBufferBytes > 4 * kMostRecordBytes);

char* find(char* first, char* last, char c) {
  return static_cast<char*>(std::memchr(first, c, static_cast<std::size_t>(last - first)));
}

GzipReader opened(const std::filesystem::path& file) {
  if (std::filesystem::is_directory(file)) throw ImportError(fmt::format("{} is a folder", file.string()));
  try {
    return GzipReader(file);
  } catch (const std::runtime_error& error) {
    throw ImportError(error.what());
  }
}

bool is_space(char c) { return c == ' ' || c == '\t'; }

}  // namespace

RecordReader::RecordReader(const std::filesystem::path& file, char delimiter, char quote)
    : file_(opened(file)), name_(file.string()), delimiter_(delimiter), quote_(quote) {
  buffer_.resize(kBufferBytes);
  fill();
  if (std::string_view(buffer_.data(), end_).starts_with("\xef\xbb\xbf")) begin_ = 3;
}

void RecordReader::fill() {
  if (at_end_) return;
  std::memmove(buffer_.data(), buffer_.data() + begin_, available());
  end_ = available();
  begin_ = 0;
  while (end_ < buffer_.size() && !at_end_) {
    std::size_t got = 0;
    try {
      got = file_.read(buffer_.data() + end_, buffer_.size() - end_);
    } catch (const std::runtime_error& error) {
      throw ImportError(fmt::format("{}: {} (after line {})", name_, error.what(), line_));
    }
    at_end_ = got == 0;
    end_ += got;
  }
}

void RecordReader::add(char* first, char* last) {
  while (first < last && is_space(*first)) ++first;
  while (first < last && is_space(last[-1])) --last;
  cells_.emplace_back(first, static_cast<std::size_t>(last - first));
}

void RecordReader::split(char* first, char* last) {
  while (char* const comma = find(first, last, delimiter_)) {
    add(first, comma);
    first = comma + 1;
  }
  add(first, last);
}

/// One past the record that begins at `first` (its line feed, or `last`); nullptr when a quoted cell does not
/// end.
char* RecordReader::end_of_quoted(char* first, char* last) const {
  bool inside = false, fresh = true;  // fresh: nothing but spaces in this cell so far
  for (char* at = first; at < last; ++at) {
    if (inside) {
      if (*at != quote_) continue;
      if (at + 1 < last && at[1] == quote_) {
        ++at;
      } else {
        inside = false;
      }
    } else if (*at == '\n') {
      return at;
    } else if (*at == quote_ && fresh) {
      inside = true;
      fresh = false;
    } else {
      fresh = *at == delimiter_ || (fresh && is_space(*at));
    }
  }
  return inside ? nullptr : last;
}

/// Splits a record that has quotes, unescaping in place.
void RecordReader::split_quoted(char* first, char* last) {
  char *write = first, *cell = first;
  bool inside = false, fresh = true;
  for (char* read = first; read < last; ++read) {
    if (inside) {
      if (*read != quote_) {
        *write++ = *read;
      } else if (read + 1 < last && read[1] == quote_) {
        *write++ = *read++;
      } else {
        inside = false;
      }
    } else if (*read == quote_ && fresh) {
      inside = true;
      fresh = false;
      write = cell;
    } else if (*read == delimiter_) {
      add(cell, write);
      cell = write = read + 1;
      fresh = true;
    } else {
      fresh = fresh && is_space(*read);
      *write++ = *read;
    }
  }
  add(cell, write);
}

/// The record at the front of the buffer, which has quotes. False when it is too long or does not end.
bool RecordReader::quoted(Record& out) {
  char* const first = buffer_.data() + begin_;
  char* const most = first + std::min(available(), kMostRecordBytes + 1);
  char* const last = end_of_quoted(first, most);
  const bool at_file_end = at_end_ && available() <= kMostRecordBytes;
  if (!last || (last == most && !at_file_end)) return false;
  begin_ += static_cast<std::size_t>(last - first) + (last < most);
  line_ += std::count(first, last, '\n') + 1;
  split_quoted(first, last > first && last[-1] == '\r' ? last - 1 : last);
  out.cells = cells_;
  return true;
}

bool RecordReader::next(Record& out) {
  while (true) {
    if (available() <= kMostRecordBytes) fill();
    if (available() == 0) return false;
    cells_.clear();
    out = {.line = line_, .cells = {}, .too_long = false};
    char* const start = buffer_.data() + begin_;
    char* const newline = find(start, buffer_.data() + end_, '\n');
    char* const line_end = newline ? newline : buffer_.data() + end_;
    const auto length = static_cast<std::size_t>(line_end - start);
    if (find(start, line_end, quote_) && length <= kMostRecordBytes) {
      if (quoted(out)) return true;
      out.too_long = true;
    } else if (length <= kMostRecordBytes) {
      char* const last = length > 0 && line_end[-1] == '\r' ? line_end - 1 : line_end;
      split(start, last);
      out.cells = cells_;
    } else {
      out.too_long = true;
    }
    // A line may be longer than the buffer.
    begin_ += length;
    while (begin_ == end_ && !at_end_) {
      fill();
      char* const found = find(buffer_.data(), buffer_.data() + end_, '\n');
      begin_ = found ? static_cast<std::size_t>(found - buffer_.data()) : end_;
    }
    begin_ += begin_ < end_;
    ++line_;
    if (!out.too_long && cells_.size() == 1 && cells_[0].empty()) continue;
    return true;
  }
}

}  // namespace tandem::app::importing
