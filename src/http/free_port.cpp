#include "http/free_port.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

namespace tandem::http {

using boost::asio::ip::tcp;

void require_free(const tcp::endpoint& endpoint) {
  boost::asio::io_context io;
  tcp::acceptor alone(io, endpoint.protocol());
  alone.set_option(tcp::acceptor::reuse_address(true));
  boost::system::error_code error;
  alone.bind(endpoint, error);
  if (error)
    throw boost::system::system_error(
        {error.value(), error.category()},
        fmt::format("cannot listen on {} port {}", endpoint.address().to_string(), endpoint.port()));
}

}  // namespace tandem::http
