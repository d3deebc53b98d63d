// Context: what a handler gets that cannot live in one transaction (collected visits, the redirect, inbound
// events). Ordinary handlers take db::Tx& instead.
#pragma once
#include "db/pool.hpp"
#include "http/message.hpp"
#include "http/principal.hpp"

namespace tandem::http {

struct Context {
  const Request& request;
  const Principal& principal;
  db::Pool& pool;  // of this thread
};

}  // namespace tandem::http
