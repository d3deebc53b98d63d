#include "http/addresses.hpp"

#include <charconv>
#include <stdexcept>

namespace tandem::http {

namespace ip = boost::asio::ip;

namespace {

/// IPv4 as its mapped IPv6 form, so that one comparison serves both.
ip::address_v6::bytes_type bytes_of(const ip::address& address) {
  if (address.is_v6()) return address.to_v6().to_bytes();
  return ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

AddressSet::AddressSet(const std::vector<std::string>& entries) {
  for (const std::string& entry : entries) {
    const auto slash = entry.find('/');
    boost::system::error_code error;
    const auto address = ip::make_address(entry.substr(0, slash), error);
    int bits = address.is_v4() ? 32 : 128;
    const int bits_max = bits;
    bool is_good = !error;
    if (slash != std::string::npos) {
      const std::string_view text = std::string_view(entry).substr(slash + 1);
      const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), bits);
      is_good =
          is_good && code == std::errc{} && end == text.data() + text.size() && bits >= 0 && bits <= bits_max;
    }
    if (!is_good) throw std::invalid_argument("not an address or a network: " + entry);
    networks_.push_back({bytes_of(address), address.is_v4() ? bits + 96 : bits});
  }
}

bool AddressSet::contains(const ip::address& address) const {
  const auto bytes = bytes_of(address);
  for (const Network& network : networks_) {
    int bits = network.bits;
    std::size_t i = 0;
    while (bits >= 8 && bytes[i] == network.bytes[i]) {
      bits -= 8;
      if (++i == bytes.size()) return true;
    }
    if (bits < 8 && ((bytes[i] ^ network.bytes[i]) >> (8 - bits)) == 0) return true;
  }
  return false;
}

ip::address client_address(const ip::address& socket, std::string_view forwarded_for,
                           const AddressSet& proxies) {
  ip::address client = socket;
  while (proxies.contains(client) && !forwarded_for.empty()) {
    const auto comma = forwarded_for.rfind(',');
    const std::string_view last =
        trimmed(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1));
    forwarded_for = comma == std::string_view::npos ? std::string_view{} : forwarded_for.substr(0, comma);
    boost::system::error_code error;
    const auto address = ip::make_address(std::string(last), error);
    if (error) break;
    client = address;
  }
  return client;
}

}  // namespace tandem::http
