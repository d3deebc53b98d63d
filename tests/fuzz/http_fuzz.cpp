// Raw bytes through the reader of heads, targets and chunked bodies. What it takes must be what Beast reads
// from the same bytes, and in whatever steps a body arrives, it must be the same body.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstdint>
#include <cstdlib>
#include <map>

#include "base/text.hpp"
#include "http/framing.hpp"

namespace {

using namespace tandem::http;

void require(bool holds) {
  if (!holds) std::abort();
}

void compare_with_beast(std::string_view bytes, const Head& head) {
  namespace beast = boost::beast;
  beast::http::request_parser<beast::http::string_body> parser;
  parser.header_limit(1U << 20U);
  beast::error_code error;
  parser.put(boost::asio::buffer(bytes), error);
  require(parser.is_header_done());
  const auto& theirs = parser.get();
  require(std::string_view(theirs.target()) == head.target);
  require(std::string_view(theirs.method_string()) == method_name(head.method));
  require(theirs.chunked() == head.is_chunked);
  // Beast keeps fields of one name together, so their order is compared within a name only.
  std::map<std::string, std::vector<std::string>> beasts, ours;
  const auto add = [](auto& fields, std::string_view name, std::string_view value) {
    std::string lower(name);
    for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    fields[lower].emplace_back(value);
  };
  for (const auto& field : theirs)
    add(beasts, std::string_view(field.name_string()), std::string_view(field.value()));
  for (const auto& [name, value] : head.fields) add(ours, name, value);
  require(beasts == ours);
}

void check_target(std::string_view text) {
  const auto target = decode_target(text);
  if (!target) return;
  require(target->path.starts_with('/') && tandem::is_utf8(target->path));
  require(target->path.find('\0') == std::string::npos && target->path.find('\\') == std::string::npos);
  require((target->path + "/").find("/../") == std::string::npos);
  for (const auto& [name, value] : target->query) require(tandem::is_utf8(name) && tandem::is_utf8(value));
}

void check_chunks(std::string_view bytes) {
  constexpr std::size_t kBodyMax = 4096;
  std::string whole;
  std::size_t used_whole = 0;
  ChunkedReader at_once;
  const auto state = at_once.feed(bytes, used_whole, whole, kBodyMax);
  require(used_whole <= bytes.size() && whole.size() <= kBodyMax);
  std::string pieces;
  std::size_t at = 0;
  ChunkedReader in_steps;
  auto last = ChunkedReader::State::more;
  while (at < bytes.size() && last == ChunkedReader::State::more) {
    std::size_t used = 0;
    last = in_steps.feed(bytes.substr(at, 3), used, pieces, kBodyMax);
    at += used;
  }
  require(last == state);
  if (state == ChunkedReader::State::done) require(pieces == whole && at == used_whole);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::size_t from = 0;
  const auto end = find_head_end(bytes, from);
  (void)check_partial_head(bytes, {});
  if (end) {
    const auto head = parse_head(bytes.substr(0, *end), {});
    if (head) {
      compare_with_beast(bytes.substr(0, *end), *head);
      check_target(head->target);
    }
    check_chunks(bytes.substr(*end));
  } else {
    check_target(bytes);
    check_chunks(bytes);
  }
  return 0;
}
