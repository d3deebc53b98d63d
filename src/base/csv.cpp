#include "base/csv.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace tandem {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

ByteSource text_source(std::string_view text) {
  return [text](char* out, std::size_t size) mutable {
    const std::size_t n = std::min(size, text.size());
    text.copy(out, n);
    text.remove_prefix(n);
    return n;
  };
}

std::string_view to_text(CsvProblem::Kind kind) {
  switch (kind) {
    case CsvProblem::Kind::unclosed_quote: return "the file ends inside a quoted field";
    case CsvProblem::Kind::text_after_quote: return "text follows a closing quote";
    case CsvProblem::Kind::field_too_long: return "a field is too long";
    case CsvProblem::Kind::row_too_long: return "the row is too long";
    case CsvProblem::Kind::too_many_fields: return "the row has too many fields";
  }
  return "";
}

CsvReader::CsvReader(ByteSource source, CsvOptions options)
    : source_(std::move(source)), options_(options), chunk_(kChunkBytes) {
  const char d = options_.delimiter;
  TANDEM_ASSERT(d != '"' && d != '\n' && d != '\r', "the delimiter {} has another meaning",
                static_cast<int>(d));
}

/// Makes at least one unread byte available, or returns false at the end.
bool CsvReader::fill() {
  if (at_ < filled_) return true;
  if (source_ended_) return false;
  at_ = 0;
  filled_ = source_(chunk_.data(), chunk_.size());
  TANDEM_ASSERT(filled_ <= chunk_.size(), "a source gave {} bytes", filled_);
  source_ended_ = filled_ == 0;
  return !source_ended_;
}

bool CsvReader::refuse(CsvProblem::Kind kind) {
  problem_ = CsvProblem{row_line_, kind};
  return false;
}

void CsvReader::begin_row() {
  text_.clear();
  ends_.clear();
  row_.clear();
  state_ = State::field_start;
  row_line_ = line_;
}

CsvReader::Step CsvReader::next() {
  if (problem_) return Step::refused;
  if (!started_) {
    started_ = true;
    // Sources may give a byte at a time, so the mark is taken off byte by byte; half a mark belongs to the
    // first field.
    begin_row();
    std::size_t matched = 0;
    while (matched < kByteOrderMark.size() && fill() && chunk_[at_] == kByteOrderMark[matched])
      ++at_, ++matched;
    if (matched > 0 && matched < kByteOrderMark.size()) {
      if (!append(kByteOrderMark.substr(0, matched))) return Step::refused;
      state_ = State::unquoted;
    }
  } else {
    begin_row();
  }
  if (ended_) return Step::end;
  if (!take_row()) {
    begin_row();
    return problem_ ? Step::refused : Step::end;
  }
  finish_row();
  return Step::row;
}

/// Views are made once the text no longer moves.
void CsvReader::finish_row() {
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    row_.push_back(std::string_view(text_).substr(begin, end - begin));
    begin = end;
  }
}

bool CsvReader::append(std::string_view bytes) {
  const std::size_t begin = ends_.empty() ? 0 : ends_.back();
  const std::size_t field_left = options_.field_bytes_max - (text_.size() - begin);
  const std::size_t row_left = options_.row_bytes_max - text_.size();
  // Of two limits the one that is met first counts, however large the pieces are in which the bytes come.
  if (bytes.size() > std::min(field_left, row_left))
    return refuse(row_left < field_left ? CsvProblem::Kind::row_too_long : CsvProblem::Kind::field_too_long);
  text_ += bytes;
  return true;
}

bool CsvReader::end_field() {
  if (ends_.size() == options_.fields_max) return refuse(CsvProblem::Kind::too_many_fields);
  ends_.push_back(text_.size());
  state_ = State::field_start;
  return true;
}

/// The unread bytes that mean nothing in the present state.
std::string_view CsvReader::plain_run() const {
  const std::string_view unread(chunk_.data() + at_, filled_ - at_);
  if (state_ == State::quoted) return unread.substr(0, unread.find_first_of("\"\n"));
  if (state_ != State::unquoted) return {};
  const char stops[] = {options_.delimiter, '\n', '\r'};
  return unread.substr(0, unread.find_first_of(std::string_view(stops, sizeof stops)));
}

/// Reads to the end of a row that is not empty; false at the end of the input or on a problem.
bool CsvReader::take_row() {
  while (fill()) {
    const auto run = plain_run();
    if (!run.empty()) {
      if (!append(run)) return false;
      at_ += run.size();
      continue;
    }
    const char c = chunk_[at_++];
    const bool outside = state_ != State::quoted;
    if (outside && (c == '\n' || (c == '\r' && fill() && chunk_[at_] == '\n'))) {
      if (c == '\r') ++at_;
      ++line_;
      if (state_ == State::field_start && ends_.empty()) {
        row_line_ = line_;
        continue;
      }
      return end_field();
    }
    if (!take_char(c)) return false;
  }
  ended_ = true;
  if (state_ == State::quoted) return refuse(CsvProblem::Kind::unclosed_quote);
  if (state_ == State::field_start && ends_.empty()) return false;
  return end_field();
}

bool CsvReader::take_char(char c) {
  switch (state_) {
    case State::field_start:
      if (c == options_.delimiter) return end_field();
      if (c == '"') {
        state_ = State::quoted;
        return true;
      }
      state_ = State::unquoted;
      return append({&c, 1});
    case State::unquoted:
      if (c == options_.delimiter) return end_field();
      return append({&c, 1});
    case State::quoted:
      if (c == '"') {
        state_ = State::quote_in_quoted;
        return true;
      }
      if (c == '\n') ++line_;
      return append({&c, 1});
    case State::quote_in_quoted:
      if (c == options_.delimiter) return end_field();
      if (c != '"') return refuse(CsvProblem::Kind::text_after_quote);
      state_ = State::quoted;
      return append({&c, 1});
  }
  return false;
}

}  // namespace tandem
