#include "http/framing.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "http/problems.hpp"

namespace tandem::http {

namespace {

std::unexpected<Refusal> bad(std::string_view detail) {
  return std::unexpected(Refusal{&kBadRequest, detail});
}

/// RFC 9110 section 5.6.2: what names of fields and methods are made of.
constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr auto kToken = make_token_table();

bool is_token(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return kToken[static_cast<unsigned char>(c)]; });
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Visible characters, space, tab and bytes above 0x7f; a bare CR, LF, NUL or DEL could end the field for
/// somebody else.
bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

/// host[:port] of RFC 3986, as far as it matters: nothing that a log, a link or a cache key could misread.
bool is_host(std::string_view text) {
  return text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '.' || c == ':' || c == '[' || c == ']' || c == '_' || c == '~' || c == '%';
         });
}

std::optional<Method> known_method(std::string_view text) {
  if (text == "GET") return Method::get;
  if (text == "POST") return Method::post;
  if (text == "HEAD") return Method::head;
  if (text == "PUT") return Method::put;
  if (text == "PATCH") return Method::patch;
  if (text == "DELETE") return Method::delete_;
  if (text == "OPTIONS") return Method::options;
  return std::nullopt;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<Refusal> parse_request_line(std::string_view line, const HeadLimits& limits, Head& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return Refusal{&kBadRequest, "malformed request line"};
  const std::string_view method = line.substr(0, first);
  const std::string_view version = line.substr(last + 1);
  head.target = line.substr(first + 1, last - first - 1);
  if (!is_token(method) || method.size() > 32) return Refusal{&kBadRequest, "malformed method"};
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return Refusal{&kBadRequest, "the version is neither HTTP/1.1 nor HTTP/1.0"};
  if (head.target.size() > limits.target_bytes_max) return Refusal{&kTargetTooLong, "the target is too long"};
  if (head.target.empty() || head.target.front() != '/')
    return Refusal{&kBadRequest, "the target does not begin with /"};
  if (!std::all_of(head.target.begin(), head.target.end(), [](char c) { return c > 0x20 && c < 0x7f; }))
    return Refusal{&kBadRequest, "the target is not printable ASCII"};
  const auto known = known_method(method);
  if (!known) return Refusal{&kNotImplemented, "this method is not known"};
  head.method = *known;
  head.is_http_1_0 = version == "HTTP/1.0";
  head.keeps_alive = !head.is_http_1_0;
  return std::nullopt;
}

/// False when the value is not a list of tokens.
bool read_connection(std::string_view value, Head& head) {
  while (!value.empty()) {
    const auto comma = value.find(',');
    const std::string_view option = trimmed(value.substr(0, comma));
    value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
    if (!option.empty() && !is_token(option)) return false;
    if (equals_ignoring_case(option, "close")) head.keeps_alive = false;
    // "close" wins when both are named, also over an earlier keep-alive.
    if (equals_ignoring_case(option, "keep-alive") && head.is_http_1_0) head.keeps_alive = true;
  }
  return true;
}

/// What the framing depends on. Everything ambiguous is refused rather than repaired.
struct FieldState {
  int hosts = 0;
  bool saw_length = false, saw_close = false;
  std::optional<Refusal> take(std::string_view name, std::string_view value, Head& head);
};

std::optional<Refusal> FieldState::take(std::string_view name, std::string_view value, Head& head) {
  if (equals_ignoring_case(name, "host")) {
    if (++hosts > 1) return Refusal{&kBadRequest, "more than one Host"};
    if (value.empty() || !is_host(value)) return Refusal{&kBadRequest, "malformed Host"};
    head.host = value;
  } else if (equals_ignoring_case(name, "content-length")) {
    if (saw_length) return Refusal{&kBadRequest, "more than one Content-Length"};
    saw_length = true;
    if (!is_digits(value)) return Refusal{&kBadRequest, "malformed Content-Length"};
    // Nineteen digits fit in 64 bits; anything longer is over every limit.
    if (value.size() > 19) return Refusal{&kTooLarge, "the body is over the limit"};
    std::uint64_t length = 0;
    for (const char c : value) length = length * 10 + static_cast<std::uint64_t>(c - '0');
    head.content_length = length;
  } else if (equals_ignoring_case(name, "transfer-encoding")) {
    if (head.is_chunked || value != "chunked")
      return Refusal{&kBadRequest, "a Transfer-Encoding other than one exact chunked"};
    if (head.is_http_1_0) return Refusal{&kBadRequest, "Transfer-Encoding in HTTP/1.0"};
    head.is_chunked = true;
  } else if (equals_ignoring_case(name, "connection")) {
    if (!read_connection(value, head)) return Refusal{&kBadRequest, "malformed Connection"};
    if (!head.keeps_alive && !head.is_http_1_0) saw_close = true;
  } else if (equals_ignoring_case(name, "proxy-connection")) {
    // Not a field of HTTP, but what reads it reads it as Connection.
    if (Head ignored; !read_connection(value, ignored))
      return Refusal{&kBadRequest, "malformed Proxy-Connection"};
  } else if (equals_ignoring_case(name, "expect")) {
    if (!equals_ignoring_case(value, "100-continue"))
      return Refusal{&kExpectationFailed, "only 100-continue can be expected"};
    head.expects_continue = !head.is_http_1_0;
  }
  if (saw_close) head.keeps_alive = false;
  return std::nullopt;
}

std::optional<Refusal> check_framing(const Head& head, int hosts) {
  if (hosts != 1) return Refusal{&kBadRequest, "the Host field is missing"};
  if (head.is_chunked && head.content_length)
    return Refusal{&kBadRequest, "both Transfer-Encoding and Content-Length"};
  const bool has_body = head.is_chunked || head.content_length.value_or(0) > 0;
  if (has_body &&
      (head.method == Method::get || head.method == Method::head || head.method == Method::delete_))
    return Refusal{&kBadRequest, "this method takes no body"};
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t& from) {
  const auto at = bytes.find("\r\n\r\n", from);
  if (at != std::string_view::npos) return at + 4;
  from = bytes.size() > 3 ? bytes.size() - 3 : 0;
  return std::nullopt;
}

std::expected<Head, Refusal> parse_head(std::string_view bytes, const HeadLimits& limits) {
  if (bytes.size() > limits.header_bytes_max)
    return std::unexpected(Refusal{&kHeadTooLarge, "the header is over the limit"});
  Head head;
  head.fields.reserve(16);
  auto end = bytes.find("\r\n");
  if (end == std::string_view::npos) return bad("malformed request line");
  if (const auto refusal = parse_request_line(bytes.substr(0, end), limits, head))
    return std::unexpected(*refusal);
  FieldState state;
  std::string_view rest = bytes.substr(end + 2);
  for (;;) {
    end = rest.find("\r\n");
    if (end == std::string_view::npos) return bad("malformed header");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (line.empty()) break;
    if (head.fields.size() == limits.header_fields_max)
      return std::unexpected(Refusal{&kHeadTooLarge, "too many header fields"});
    const auto colon = line.find(':');
    // A name must be a token: this refuses folded lines and "Name :" with a space before the colon.
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
      return bad("malformed header name");
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!is_field_value(value)) return bad("malformed header value");
    head.fields.emplace_back(line.substr(0, colon), value);
    if (const auto refusal = state.take(line.substr(0, colon), value, head)) return std::unexpected(*refusal);
  }
  if (!rest.empty()) return bad("bytes after the header");
  if (const auto refusal = check_framing(head, state.hosts)) return std::unexpected(*refusal);
  return head;
}

std::optional<Refusal> check_partial_head(std::string_view bytes, const HeadLimits& limits) {
  const auto line_end = bytes.find("\r\n");
  const std::string_view line = bytes.substr(0, line_end);
  // "DELETE " and " HTTP/1.1" around the target, and the longest method name that is read at all.
  if (line.size() > limits.target_bytes_max + 48) return Refusal{&kTargetTooLong, "the target is too long"};
  if (bytes.size() >= limits.header_bytes_max) return Refusal{&kHeadTooLarge, "the header is over the limit"};
  // A first byte that no method begins with (TLS to the plain port, binary noise) need not wait for its
  // deadline.
  if (!bytes.empty() && !kToken[static_cast<unsigned char>(bytes.front())])
    return Refusal{&kBadRequest, "malformed request line"};
  return std::nullopt;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else {
      out += text[i];
    }
  }
  return out;
}

std::optional<Pairs> decode_query(std::string_view query) {
  constexpr std::size_t kParametersMax = 100;
  Pairs out;
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (pair.empty()) continue;
    if (out.size() == kParametersMax) return std::nullopt;
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value =
        percent_decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), true);
    if (!name || !value || name->empty()) return std::nullopt;
    for (const std::string* text : {&*name, &*value})
      if (text->find('\0') != std::string::npos || !is_utf8(*text)) return std::nullopt;
    out.emplace_back(*std::move(name), *std::move(value));
  }
  return out;
}

namespace {

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the '/'
    const auto end = path.find('/');
    const std::string_view segment = path.substr(0, end);
    if (segment == "." || segment == "..") return true;
    path = end == std::string_view::npos ? std::string_view{} : path.substr(end);
  }
  return false;
}

}  // namespace

std::expected<Target, Refusal> decode_target(std::string_view target) {
  if (target.empty() || target.front() != '/') return bad("the target does not begin with /");
  for (const char c : target)
    if (c <= 0x20 || c >= 0x7f || c == '#' || c == '\\') return bad("a character that a target cannot have");
  const auto question = target.find('?');
  const std::string_view raw_path = target.substr(0, question);
  for (std::size_t i = 0; i + 2 < raw_path.size(); ++i) {
    if (raw_path[i] != '%') continue;
    const char high = raw_path[i + 1], low = lower(raw_path[i + 2]);
    if ((high == '0' && low == '0') || (high == '2' && low == 'f') || (high == '5' && low == 'c'))
      return bad("an escape that a path cannot have");
  }
  auto path = percent_decode(raw_path, false);
  if (!path) return bad("a malformed escape in the path");
  if (!is_utf8(*path) || std::any_of(path->begin(), path->end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
      }))
    return bad("the path is not text");
  if (has_dot_segment(*path)) return bad("a dot segment in the path");
  auto query =
      decode_query(question == std::string_view::npos ? std::string_view{} : target.substr(question + 1));
  if (!query) return bad("a malformed query");
  return Target{*std::move(path), *std::move(query)};
}

// RFC 9112 section 7.1: chunk-size [;extensions] CRLF data CRLF … 0 CRLF CRLF.
ChunkedReader::State ChunkedReader::feed(std::string_view bytes, std::size_t& used, std::string& body,
                                         std::size_t body_max) {
  constexpr std::size_t kLineMax = 256;
  // Many tiny chunks cost more than their data; this bounds what a body may waste.
  const std::uint64_t overhead_max = 16 * 1024 + body_max;
  used = 0;
  while (used < bytes.size()) {
    if (part_ == Part::data) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - used));
      body.append(bytes.substr(used, n));
      used += n;
      left_ -= n;
      if (left_ == 0) part_ = Part::data_end;
      continue;
    }
    const char c = bytes[used++];
    if (++overhead_ > overhead_max) return State::too_large;
    line_ += c;
    if (line_.size() > kLineMax) return State::refused;
    if (c == '\n') {
      if (line_.size() < 2 || line_[line_.size() - 2] != '\r') return State::refused;
      const std::string line = line_.substr(0, line_.size() - 2);
      line_.clear();
      if (part_ == Part::size) {
        if (const State state = read_size_line(line, body.size(), body_max); state != State::more)
          return state;
      } else {
        // The end of a chunk's data and the end of the body are empty lines; trailers are refused.
        if (!line.empty()) return State::refused;
        if (part_ == Part::last) return State::done;
        part_ = Part::size;
      }
    } else {
      const bool is_bare_cr = line_.size() >= 2 && line_[line_.size() - 2] == '\r';
      if (is_bare_cr || (part_ != Part::size && c != '\r')) return State::refused;
    }
  }
  return State::more;
}

ChunkedReader::State ChunkedReader::read_size_line(std::string_view line, std::size_t body_bytes,
                                                   std::size_t body_max) {
  const std::string_view digits = line.substr(0, line.find(';'));
  if (digits.empty() || digits.size() > 15 || !is_field_value(line)) return State::refused;
  std::uint64_t size = 0;
  for (const char c : digits) {
    const int digit = hex_digit(c);
    if (digit < 0) return State::refused;
    size = size * 16 + static_cast<std::uint64_t>(digit);
  }
  if (size > body_max || body_bytes + size > body_max) return State::too_large;
  left_ = size;
  part_ = size == 0 ? Part::last : Part::data;
  return State::more;
}

}  // namespace tandem::http
