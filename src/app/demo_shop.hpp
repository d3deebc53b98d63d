// The demo's client website: a gift shop on an origin of its own, with the tracking script, a sign-up form
// and purchases that its "billing" reports by signed events. Served beside the server by `tandem demo
// --serve` and `serve --with-demo`.
#pragma once
#include <memory>
#include <string>

#include "app/config.hpp"
#include "db/pool.hpp"

namespace tandem::app {

/// What the shop was given by the demo's organization.
struct ShopKeys {
  std::string site_key;         // public, for the tracking script
  std::string endpoint;         // the address of its inbound endpoint
  std::string endpoint_secret;  // signs its events
};

class DemoShop {
 public:
  /// Listens on the port after the server's, or on any free one when the server's was any. Throws when it is
  /// taken.
  DemoShop(const Config& config, ShopKeys keys, const db::PoolOptions& pool, unsigned short server_port);
  ~DemoShop();
  unsigned short port() const;
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem::app
