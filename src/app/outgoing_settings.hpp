// What the settings say about calls to other servers: used by `serve`, tried by `doctor`.
#pragma once
#include "app/config.hpp"
#include "net/client.hpp"

namespace tandem::app {

/// Whom the server may call besides public https servers. Throws UserError that names the setting.
net::Policy outgoing_policy(const Config& config);

}  // namespace tandem::app
