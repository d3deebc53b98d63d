#include "app/outgoing_settings.hpp"

#include <fmt/format.h>

#include "app/database.hpp"

namespace tandem::app {

net::Policy outgoing_policy(const Config& config) {
  net::Policy policy;
  for (const auto& entry : config.list("outgoing_networks")) {
    const auto network = net::Network::parse(entry);
    if (!network)
      throw UserError(fmt::format("outgoing_networks: {} is no network such as 10.0.0.0/8", entry));
    policy.allowed.push_back(*network);
  }
  policy.authorities_file = config.text("outgoing_authorities");
  return policy;
}

}  // namespace tandem::app
