// Framing: from raw bytes to a request head, a target and a body, by the strict reading of RFC 9112. Pure
// functions, used by server.cpp, tested with raw requests and fuzzed. Whatever is not plainly well-formed is
// refused, so that no proxy in front can read the same bytes as a different request
// (security-and-correctness.md, section 7).
#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/problem.hpp"
#include "http/message.hpp"

namespace tandem::http {

/// Why a request cannot be read; the connection is closed after the answer.
struct Refusal {
  const ProblemKind* kind;
  std::string_view detail;  // a constant sentence
};

struct HeadLimits {
  std::size_t header_bytes_max = 16 * 1024, header_fields_max = 64, target_bytes_max = 4096;
};

/// The head of one request. All views point into the bytes that were parsed.
struct Head {
  Method method{};
  std::string_view target;
  bool is_http_1_0 = false;
  std::vector<std::pair<std::string_view, std::string_view>> fields;  // names as sent, values trimmed
  std::string_view host;                                              // of the one Host field
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;
  bool keeps_alive = true;        // by version and Connection
  bool expects_continue = false;  // Expect: 100-continue
};

/// The length of the head that `bytes` begin with, blank line included; nullopt when more is needed. `from`
/// is where the last call stopped looking (0 at first) and is moved on.
std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t& from);

/// Parses a whole head, "GET / HTTP/1.1\r\n…\r\n\r\n".
std::expected<Head, Refusal> parse_head(std::string_view bytes, const HeadLimits& limits);

/// What is wrong with an incomplete head that has reached the limits: 431 or 414.
std::optional<Refusal> check_partial_head(std::string_view bytes, const HeadLimits& limits);

struct Target {
  std::string path;  // decoded
  Pairs query;       // decoded, in order
};
/// Splits and decodes a request target. Refused: anything that does not begin with '/', bytes outside
/// printable ASCII,
/// '#', bad escapes, %00, %2f, %5c, a backslash, "." and ".." segments also when escaped, control characters,
/// bytes that are not UTF-8, more than 100 query parameters.
std::expected<Target, Refusal> decode_target(std::string_view target);

/// "a=1&b=2", decoded strictly: '+' is a space, %XX a byte; nullopt when malformed (as above, but %2f and %5c
/// are data).
std::optional<Pairs> decode_query(std::string_view query);

/// %XX into bytes; nullopt for a bad escape. '+' becomes a space only when `plus_is_space`.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// The one reader of chunked bodies. Extensions are dropped, trailers refused.
class ChunkedReader {
 public:
  enum class State { more, done, refused, too_large };
  /// Takes what it can from `bytes`, appends the data to `body` and says in `used` how many bytes it took.
  /// `body_max` bounds the body in all.
  State feed(std::string_view bytes, std::size_t& used, std::string& body, std::size_t body_max);

 private:
  enum class Part { size, data, data_end, last };
  State read_size_line(std::string_view line, std::size_t body_bytes, std::size_t body_max);
  Part part_ = Part::size;
  std::string line_;  // of a size line or the end, while it is incomplete
  std::uint64_t left_ = 0;
  std::uint64_t overhead_ = 0;  // bytes that were not data
};

}  // namespace tandem::http
