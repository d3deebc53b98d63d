// Outgoing HTTP calls. Used by whoever calls a provider or a customer's server; call it in jobs, never inside
// a transaction. It promises the URL rule of security-and-correctness.md section 5 on every call: https on
// 443 or 8443; the name is resolved once and refused when any of its addresses is not public; the connection
// goes to one of those very addresses with the name in SNI and Host; the certificate is verified; no redirect
// is followed, no proxy is used, nothing is retried. Time and size are bounded. Errors are values.
#pragma once
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.hpp"
#include "net/address_rules.hpp"

namespace tandem::net {

enum class Method { get, post, put, patch, del };
using Headers = std::vector<std::pair<std::string, std::string>>;

struct Timeouts {
  std::chrono::milliseconds connect{5'000};  // to look the name up, connect and agree on TLS
  std::chrono::milliseconds total{15'000};   // from the beginning to the last byte
};
inline constexpr std::size_t kAnswerMax = 1024 * 1024;
inline constexpr std::size_t kWebhookAnswerMax = 64 * 1024;

struct Request {
  Method method = Method::get;
  std::string url{};
  Headers headers{};  // besides Host, User-Agent, Content-Length and Connection, which are ours
  std::string body{};
  Timeouts timeouts{};
  std::size_t answer_bytes_max = kAnswerMax;  // of the body; a head may have 16 KiB
};

/// What the other side said, whatever its status: a 3xx or a 500 is an answer too.
struct Answer {
  int status = 0;
  Headers headers;  // names in lower case
  std::string body;
  /// The first header of this (lower-case) name; empty when there is none.
  std::string_view header(std::string_view name) const;
};

struct Failure {
  enum class Kind {
    refused_url,      // the URL or a header breaks the rule; nothing was sent
    refused_address,  // the name has an address that we do not call; nothing was sent
    timeout,
    connect,   // no such name, nobody there
    tls,       // no agreement, or the certificate is not to be trusted
    protocol,  // not HTTP, or the connection ended too early
    too_large,
  };
  Kind kind{};
  /// True when the request may have reached the other side: what became of it is unknown and must be asked.
  bool may_have_arrived = false;
  std::string reason;  // our own words: no URL, no secret, nothing of the answer
};
std::string_view name_of(Failure::Kind kind);

/// One call. Takes at most `timeouts.total`, never throws for what the network does.
Task<std::expected<Answer, Failure>> fetch(Request request);

/// What the installation allows beyond the rule. Set at start, before the first call; read-only afterwards.
struct Policy {
  /// Networks that may be called although they are not public, also by http and on any port.
  std::vector<Network> allowed{};
  /// PEM file of certificate authorities that are trusted besides the system's; empty: none.
  std::string authorities_file{};
  /// Tests: answers instead of the system's resolver.
  std::function<std::vector<boost::asio::ip::address>(std::string_view host)> resolve{};
};
/// Throws std::runtime_error when the file of authorities cannot be read.
void set_policy(Policy policy);
const Policy& policy();
/// Adds networks to what is allowed.
void allow_networks(std::vector<Network> networks);

}  // namespace tandem::net
