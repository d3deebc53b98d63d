// Who calls. Made by the authenticate hook (identity), read by dispatch and by routes that ask for it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "db/tx.hpp"
#include "http/permission.hpp"

namespace tandem::http {

/// What a route asks of its caller. `partner` admits partners (within their own rows) and staff; `staff`
/// staff alone; `site` a browser with a site key from an allowed origin, or a server with a staff key; `user`
/// a person who is signed in, about what is theirs in every organization; `open` anybody.
enum class Access { open, user, site, partner, staff };

struct Principal {
  enum class Kind { anonymous, site_key, api_key, user };
  Kind kind = Kind::anonymous;
  Permissions permissions;  // what this caller may do at all, within its scope
  db::Scope scope;          // organization, actor kind, actor id (the key's or user's id), partner
  std::string key_prefix;   // first characters of the key, for logs
  bool is_live = true;      // false for test keys
  // Of a user: the session, and the membership under which it acts (none on routes of Access::user).
  std::optional<Uuid> session_id, membership_id;
};

}  // namespace tandem::http
