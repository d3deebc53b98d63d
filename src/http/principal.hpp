// Who calls. Made by the authenticate hook (identity), read by dispatch and by routes that ask for it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "db/tx.hpp"

namespace tandem::http {

/// What a route asks of its caller. `partner` admits partners (within their own rows) and staff; `staff`
/// staff alone; `site` a browser with a site key from an allowed origin, or a server with a staff key; `open`
/// anybody.
enum class Access { open, site, partner, staff };

struct Principal {
  enum class Kind { anonymous, site_key, api_key };
  Kind kind = Kind::anonymous;
  db::Scope scope;         // organization, actor kind, actor id (the key's id), partner
  std::string key_prefix;  // first characters of the key, for logs
  bool is_live = true;     // false for test keys
};

}  // namespace tandem::http
