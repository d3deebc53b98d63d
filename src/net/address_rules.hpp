// Which network addresses the server may call: pure rules over resolved bytes, never over text, because
// 127.1, 2130706433 and 0x7f.1 are all loopback once resolved. Used by net/client; tested as a table.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tandem::net {

/// An address as it goes over the wire: the first 4 bytes of IPv4, all 16 of IPv6.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v6 = false;
  bool operator==(const IpAddress&) const = default;
};

/// A network such as 10.0.0.0/8 or fd00::/8; a bare address is a network of one.
class Network {
 public:
  /// Strict: four decimal octets without leading zeros, or RFC 4291 text without a zone; bits beyond the
  /// prefix are zero. Anything else is refused.
  static std::optional<Network> parse(std::string_view text);
  /// False for an address of the other family: ::ffff:10.0.0.1 is not in 10.0.0.0/8.
  bool contains(const IpAddress& address) const;

 private:
  constexpr Network(IpAddress base, int bits) : base_(base), bits_(bits) {}
  IpAddress base_;
  int bits_ = 0;
};

/// The strict text form of one address; nullopt for every other spelling.
std::optional<IpAddress> parse_address(std::string_view text);

/// True when the address may be called without special leave. IPv4: all but the special-purpose blocks of RFC
/// 6890 and multicast. IPv6: only 2000::/3 without 2001::/23, 2001:db8::/32, 2002::/16 and 3fff::/20, so that
/// mapped, compatible, NAT64, unique-local and link-local addresses fall out.
bool is_public(const IpAddress& address);

}  // namespace tandem::net
