#include "net/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tandem::net {

namespace {

constexpr std::size_t kUrlMax = 2048;
constexpr std::size_t kHostMax = 253;  // RFC 1035

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/// Takes "name:port" or "[v6]:port" apart; the port is empty when there is none.
std::expected<std::string_view, std::string_view> read_host(std::string_view authority, Target& out) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return std::unexpected("the address has no end");
    const auto literal = authority.substr(1, end - 1);
    const auto address = parse_address(literal);
    if (!address || !address->is_v6) return std::unexpected("not an IPv6 address");
    out.host = lower(literal);
    out.is_literal = true;
    return authority.substr(end + 1);
  }
  const auto colon = authority.find(':');
  out.host = lower(authority.substr(0, colon));
  if (out.host.empty() || out.host.size() > kHostMax || !std::ranges::all_of(out.host, is_host_character))
    return std::unexpected("not a host name");
  out.is_literal = parse_address(out.host).has_value();
  return colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
}

bool read_port(std::string_view text, std::uint16_t& port) {
  if (text.empty()) return true;
  if (text.front() != ':') return false;
  text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

}  // namespace

std::string Target::authority() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  std::string out = is_v6 ? fmt::format("[{}]", host) : host;
  if (port != (is_tls ? 443 : 80)) out += fmt::format(":{}", port);
  return out;
}

std::expected<Target, std::string_view> parse_target(std::string_view url) {
  if (url.size() > kUrlMax) return std::unexpected("longer than 2,048 characters");
  if (!std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7f; }))
    return std::unexpected("not visible ASCII");
  if (url.find('#') != std::string_view::npos) return std::unexpected("has a fragment");
  if (url.find('\\') != std::string_view::npos) return std::unexpected("has a backslash");
  const auto colon = url.find("://");
  const std::string scheme = lower(url.substr(0, colon == std::string_view::npos ? 0 : colon));
  if (scheme != "https" && scheme != "http") return std::unexpected("neither https nor http");
  Target out;
  out.is_tls = scheme == "https";
  out.port = out.is_tls ? 443 : 80;
  url.remove_prefix(colon + 3);
  const auto end = std::min(url.find('/'), url.find('?'));
  const auto authority = url.substr(0, end);
  if (authority.find('@') != std::string_view::npos) return std::unexpected("has user info");
  const auto port = read_host(authority, out);
  if (!port) return std::unexpected(port.error());
  if (!read_port(*port, out.port)) return std::unexpected("not a port");
  out.path = end == std::string_view::npos ? std::string("/") : std::string(url.substr(end));
  if (out.path.front() == '?') out.path.insert(0, 1, '/');
  return out;
}

}  // namespace tandem::net
