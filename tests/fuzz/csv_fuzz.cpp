// Any bytes through the gzip and CSV readers, in chunks of two sizes: both must see the same rows and the
// same end.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/csv.hpp"
#include "base/gzip.hpp"

namespace {

std::optional<std::string> rows_of(std::string_view bytes, std::size_t step) {
  tandem::ByteSource slow = [inner = tandem::text_source(bytes), step](char* out, std::size_t size) {
    return inner(out, std::min(size, step));
  };
  tandem::GzipReader plain(std::move(slow), 1 << 20);
  tandem::CsvReader reader(plain.source(), {.field_bytes_max = 100, .row_bytes_max = 300, .fields_max = 20});
  std::string out;
  try {
    while (reader.next() == tandem::CsvReader::Step::row) {
      out += std::to_string(reader.line());
      for (const auto field : reader.row()) (out += '|') += field;
      out += '\n';
    }
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
  if (reader.problem()) out += tandem::to_text(reader.problem()->kind);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto slow = rows_of(bytes, 1), fast = rows_of(bytes, 1 << 16);
  if (slow && fast && slow != fast) __builtin_trap();
  return 0;
}
