#include "net/address_rules.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>
#include <span>

namespace tandem::net {

namespace {

struct Block {
  std::array<std::uint8_t, 4> base;
  int bits;
};

constexpr std::array<Block, 15> kRefusedV4{{
    {{0, 0, 0, 0}, 8},        // this network
    {{10, 0, 0, 0}, 8},       // private
    {{100, 64, 0, 0}, 10},    // shared by carriers
    {{127, 0, 0, 0}, 8},      // loopback
    {{169, 254, 0, 0}, 16},   // link-local, cloud metadata
    {{172, 16, 0, 0}, 12},    // private
    {{192, 0, 0, 0}, 24},     // protocol assignments
    {{192, 0, 2, 0}, 24},     // documentation
    {{192, 88, 99, 0}, 24},   // 6to4 relays
    {{192, 168, 0, 0}, 16},   // private
    {{198, 18, 0, 0}, 15},    // benchmarks
    {{198, 51, 100, 0}, 24},  // documentation
    {{203, 0, 113, 0}, 24},   // documentation
    {{224, 0, 0, 0}, 4},      // multicast
    {{240, 0, 0, 0}, 4},      // reserved, broadcast
}};

constexpr Block kAllowedV6{{0x20, 0, 0, 0}, 3};  // global unicast
constexpr std::array<Block, 4> kRefusedV6{{
    {{0x20, 0x01, 0x00, 0x00}, 23},  // protocol assignments, Teredo
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x20, 0x02, 0x00, 0x00}, 16},  // 6to4: carries any IPv4 address
    {{0x3f, 0xff, 0x00, 0x00}, 20},  // documentation
}};

/// True when the first `bits` bits agree; both spans hold at least that many.
bool same_prefix(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
  const int rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (a[whole] & mask) == (b[whole] & mask);
}

bool is_in(const IpAddress& address, const Block& block) {
  return same_prefix(address.bytes, block.base, block.bits);
}

bool is_strict_v4(std::string_view text) {
  int octets = 0;
  while (octets < 4) {
    const auto dot = text.find('.');
    const auto octet = text.substr(0, dot);
    if (octet.empty() || octet.size() > 3 || (octet.size() > 1 && octet.front() == '0')) return false;
    if (!std::ranges::all_of(octet, [](char c) { return c >= '0' && c <= '9'; })) return false;
    ++octets;
    if (dot == std::string_view::npos) return octets == 4;
    text.remove_prefix(dot + 1);
  }
  return false;
}

}  // namespace

std::optional<IpAddress> parse_address(std::string_view text) {
  if (text.size() > 45) return std::nullopt;  // the longest form of an IPv6 address
  boost::system::error_code error;
  IpAddress out;
  if (text.find(':') == std::string_view::npos) {
    if (!is_strict_v4(text)) return std::nullopt;
    const auto v4 = boost::asio::ip::make_address_v4(std::string(text), error);
    if (error) return std::nullopt;
    const auto bytes = v4.to_bytes();
    std::ranges::copy(bytes, out.bytes.begin());
    return out;
  }
  if (text.find('%') != std::string_view::npos) return std::nullopt;
  const auto v6 = boost::asio::ip::make_address_v6(std::string(text), error);
  if (error) return std::nullopt;
  const auto bytes = v6.to_bytes();
  std::ranges::copy(bytes, out.bytes.begin());
  out.is_v6 = true;
  return out;
}

std::optional<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto base = parse_address(text.substr(0, slash));
  if (!base) return std::nullopt;
  const int bits_max = base->is_v6 ? 128 : 32;
  int bits = bits_max;
  if (slash != std::string_view::npos) {
    const auto number = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
    if (error != std::errc{} || end != number.data() + number.size() || bits < 0 || bits > bits_max)
      return std::nullopt;
  }
  // Bits beyond the prefix are a slip (10.0.0.1/8): which of the two was meant is not ours to guess.
  for (int bit = bits; bit < bits_max; ++bit)
    if ((base->bytes[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  return Network(*base, bits);
}

bool Network::contains(const IpAddress& address) const {
  return address.is_v6 == base_.is_v6 && same_prefix(address.bytes, base_.bytes, bits_);
}

bool is_public(const IpAddress& address) {
  const auto refuses = [&](const Block& block) { return is_in(address, block); };
  if (!address.is_v6) return std::ranges::none_of(kRefusedV4, refuses);
  return is_in(address, kAllowedV6) && std::ranges::none_of(kRefusedV6, refuses);
}

}  // namespace tandem::net
