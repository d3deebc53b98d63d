#include "base/gzip.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/assert.hpp"

namespace tandem {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;
// Window of 32 KiB; + 16 makes zlib read and write gzip's header and checksum.
constexpr int kGzipWindow = 15 + 16;

/// A source that owns an open file.
ByteSource file_source(const std::filesystem::path& file) {
  const int opened = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) throw std::runtime_error(fmt::format("{}: {}", file.string(), std::strerror(errno)));
  const std::shared_ptr<const int> fd(new int(opened), [](const int* p) {
    close(*p);
    delete p;
  });
  return [fd, name = file.string()](char* out, std::size_t size) {
    while (true) {
      const auto got = ::read(*fd, out, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) throw std::runtime_error(fmt::format("{}: {}", name, std::strerror(errno)));
    }
  };
}

Bytef* bytef(char* bytes) { return reinterpret_cast<Bytef*>(bytes); }
uInt length_of(std::size_t size) { return static_cast<uInt>(std::min<std::size_t>(size, 1U << 30)); }

}  // namespace

std::string gzip(std::string_view plain) {
  z_stream stream{};
  const int ready = deflateInit2(&stream, 6, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
  TANDEM_ASSERT(ready == Z_OK, "zlib: {}", ready);
  std::string input(plain), out(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = bytef(input.data());
  stream.avail_in = length_of(input.size());
  stream.next_out = bytef(out.data());
  stream.avail_out = length_of(out.size());
  const int done = deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  TANDEM_ASSERT(done == Z_STREAM_END, "zlib: {}, {} bytes", done, plain.size());
  return out;
}

struct GzipReader::State {
  ByteSource source;
  std::int64_t left;  // plain bytes that may still come out
  enum class Form { unknown, plain, gzip } form = Form::unknown;
  std::array<char, kChunkBytes> chunk{};
  std::size_t at = 0, filled = 0;
  bool source_ended = false;
  bool in_member = false;  // inside a gzip member; several may follow one another
  z_stream stream{};

  State(ByteSource from, std::int64_t plain_bytes_max) : source(std::move(from)), left(plain_bytes_max) {}
  ~State() {
    if (form == Form::gzip) inflateEnd(&stream);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// More unread bytes behind those that are there; false when no more came.
  bool fill() {
    if (source_ended) return false;
    if (at == filled) at = filled = 0;
    if (filled == chunk.size()) return true;
    const std::size_t got = source(chunk.data() + filled, chunk.size() - filled);
    filled += got;
    source_ended = got == 0;
    return !source_ended;
  }
  bool has_input() { return at < filled || fill(); }

  bool at_gzip_magic() {
    while (filled - at < 2 && fill()) {
    }
    return filled - at >= 2 && chunk[at] == '\x1f' && chunk[at + 1] == '\x8b';
  }

  void begin() {
    if (!at_gzip_magic()) {
      form = Form::plain;
      return;
    }
    const int ready = inflateInit2(&stream, kGzipWindow);
    TANDEM_ASSERT(ready == Z_OK, "zlib: {}", ready);
    form = Form::gzip;
    in_member = true;
  }

  std::size_t read_plain(char* out, std::size_t size) {
    if (!has_input()) return 0;
    const std::size_t n = std::min(size, filled - at);
    std::memcpy(out, chunk.data() + at, n);
    at += n;
    return n;
  }

  std::size_t read_gzip(char* out, std::size_t size) {
    stream.next_out = bytef(out);
    stream.avail_out = length_of(size);
    const uInt wanted = stream.avail_out;
    while (stream.avail_out == wanted) {
      if (!in_member && !next_member()) return 0;
      if (!has_input()) throw std::runtime_error("the compressed file ends in the middle");
      stream.next_in = bytef(chunk.data() + at);
      stream.avail_in = length_of(filled - at);
      const int result = inflate(&stream, Z_NO_FLUSH);
      at = filled - stream.avail_in;
      if (result == Z_STREAM_END) {
        in_member = false;
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        throw std::runtime_error(fmt::format("the compressed file is damaged (zlib {})", result));
      }
    }
    return wanted - stream.avail_out;
  }

  /// RFC 1952 section 2.2: members follow one another. Zeros behind the last one are padding (tapes, block
  /// devices).
  bool next_member() {
    while (has_input() && chunk[at] == '\0') ++at;
    if (!has_input()) return false;
    if (!at_gzip_magic()) throw std::runtime_error("something other than gzip follows the compressed data");
    inflateReset(&stream);
    in_member = true;
    return true;
  }
};

GzipReader::GzipReader(ByteSource source, std::int64_t plain_bytes_max)
    : state_(std::make_unique<State>(std::move(source), plain_bytes_max)) {}
GzipReader::GzipReader(const std::filesystem::path& file, std::int64_t plain_bytes_max)
    : GzipReader(file_source(file), plain_bytes_max) {}
GzipReader::~GzipReader() = default;
GzipReader::GzipReader(GzipReader&&) noexcept = default;
GzipReader& GzipReader::operator=(GzipReader&&) noexcept = default;

std::size_t GzipReader::read(char* out, std::size_t size) {
  if (size == 0) return 0;
  if (state_->form == State::Form::unknown) state_->begin();
  const std::size_t n =
      state_->form == State::Form::gzip ? state_->read_gzip(out, size) : state_->read_plain(out, size);
  state_->left -= static_cast<std::int64_t>(n);
  if (state_->left < 0) throw std::runtime_error("the file is larger than allowed");
  return n;
}

ByteSource GzipReader::source() {
  return [this](char* out, std::size_t size) { return read(out, size); };
}

}  // namespace tandem
