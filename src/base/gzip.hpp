// Reading a file that may be compressed: gzip is told by its content (RFC 1952), not by its name. Streams in
// bounded memory. Used by imports together with base/csv.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/csv.hpp"

namespace tandem {

/// Compressed bytes of `plain`, level 6, without a time or name, so that equal input gives equal output.
std::string gzip(std::string_view plain);

class GzipReader {
 public:
  /// Throws std::runtime_error when the file cannot be opened. `plain_bytes_max` limits what comes out: a
  /// small file may expand to a thousand times its size.
  explicit GzipReader(const std::filesystem::path& file, std::int64_t plain_bytes_max = kPlainMax);
  /// The same from any source of bytes.
  explicit GzipReader(ByteSource source, std::int64_t plain_bytes_max = kPlainMax);
  ~GzipReader();
  GzipReader(GzipReader&&) noexcept;
  GzipReader& operator=(GzipReader&&) noexcept;

  /// At most `size` plain bytes; 0 at the end. Throws std::runtime_error when the file is damaged, ends in
  /// the middle, expands beyond the limit or cannot be read.
  std::size_t read(char* out, std::size_t size);
  /// This reader as a source; it must outlive the source.
  ByteSource source();

  static constexpr std::int64_t kPlainMax = std::int64_t{4} << 30;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tandem
