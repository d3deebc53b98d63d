// Who the client is: the socket's address, or what a listed proxy says in X-Forwarded-For. Pure; used by the
// server.
#pragma once
#include <boost/asio/ip/address.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tandem::http {

/// A set of addresses and networks ("10.0.0.0/8", "::1").
class AddressSet {
 public:
  AddressSet() = default;
  /// Throws std::invalid_argument naming the entry that is neither an address nor a network.
  explicit AddressSet(const std::vector<std::string>& entries);
  bool contains(const boost::asio::ip::address& address) const;
  bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    boost::asio::ip::address_v6::bytes_type bytes;
    int bits;
  };
  std::vector<Network> networks_;
};

/// The client behind listed proxies: of X-Forwarded-For ("client, proxy1, proxy2") the last address that is
/// not a listed proxy; the socket's own when it is not one, or when the header is missing or malformed.
boost::asio::ip::address client_address(const boost::asio::ip::address& socket,
                                        std::string_view forwarded_for, const AddressSet& proxies);

}  // namespace tandem::http
