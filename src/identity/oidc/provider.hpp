// The OpenID provider of the installation: where it is (Discovery 1.0), its keys, and the exchange of an
// authorization code for who somebody is (Core 1.0 section 3.1, RFC 6749 section 4.1, PKCE by RFC 7636).
//
// Calls take at most 5 seconds. What only reads (discovery, keys, user info) is tried twice; a code is sent
// once, because it works once. Discovery and keys are remembered for an hour; a signature by an unknown key
// has the keys read anew, at most every ten seconds.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/problem.hpp"
#include "base/task.hpp"
#include "identity/api.hpp"
#include "identity/oidc/id_token.hpp"

namespace tandem::identity::oidc {

inline constexpr ProblemKind kRefused{403, "single_sign_on_refused",
                                      "The provider did not confirm this sign-in"};
inline constexpr ProblemKind kProviderAway{503, "single_sign_on_unavailable",
                                           "The provider of the single sign-on cannot be reached"};

using Settings = SingleSignOnSettings;
/// nullptr: there is no single sign-on.
const Settings* settings();

/// One sign-in as it is begun.
struct Attempt {
  std::string state, nonce, verifier;  // random, 43 characters of base64url each
  std::string redirect_uri;
  bool asks_again = false;  // the person must show who it is now
};
/// Where to send the browser. Throws Problem kProviderAway.
Task<std::string> authorization_url(Attempt attempt);

/// What came back in the browser's address.
struct Return {
  std::string code;
  std::optional<std::string> issuer;  // RFC 9207
};
/// Who it is. Throws Problem kRefused, kProviderAway.
Task<Claims> redeem(Attempt attempt, Return returned);

}  // namespace tandem::identity::oidc
