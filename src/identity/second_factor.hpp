// The second factor: one-time codes of an authenticator app (TOTP), and ten recovery codes that work once
// each.
#pragma once
#include "http/routes.hpp"
#include "identity/users.hpp"

namespace tandem::identity {

/// "123456", or a recovery code such as "k7m2-9xqp-4tzr-w8hd".
using SecondFactorCode = Text<6, 40>;

/// True when the code is right; then it is used up. In a transaction of platform_scope() that writes.
Task<bool> use_second_factor(db::Tx& tx, Credentials user, SecondFactorCode code);

/// POST /api/me/second-factor, its confirmation, DELETE.
void declare_second_factor(http::Routes& routes);

}  // namespace tandem::identity
