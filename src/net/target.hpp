// The URL of an outgoing call, judged before anything is resolved. Pure; used by net/client and by whoever
// stores a URL that will be called later and wants to refuse it at once.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "net/address_rules.hpp"

namespace tandem::net {

struct Target {
  bool is_tls = true;
  std::string host;  // lower case; an IPv6 literal without brackets
  bool is_literal = false;
  std::uint16_t port = 443;
  std::string path;  // with the query; begins with '/'
  /// The value of the Host header: the port only when it is not the scheme's own.
  std::string authority() const;
  /// https on 443 or 8443: what may go to public addresses. Everything else is for listed networks only.
  bool is_for_everybody() const { return is_tls && (port == 443 || port == 8443); }
};

/// Reads an absolute http or https URL: at most 2,048 visible ASCII characters (a name in another script
/// comes in its IDNA form), no user info, no fragment, no backslash. The error is a sentence of ours without
/// the URL in it.
std::expected<Target, std::string_view> parse_target(std::string_view url);

}  // namespace tandem::net
