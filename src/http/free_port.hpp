// Whether an address can be listened on. A server's threads share theirs by SO_REUSEPORT, by which another
// server of the same user could share it too, unseen, and each would get a part of the requests.
#pragma once
#include <boost/asio/ip/tcp.hpp>

namespace tandem::http {

/// Throws boost::system::system_error, with words for a person, when another program listens on the address
/// or it is not this machine's.
void require_free(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace tandem::http
