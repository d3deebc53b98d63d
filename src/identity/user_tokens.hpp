// Links that prove that a user reads an address: to choose a new password, to take a new address. Each works
// once.
#pragma once
#include "http/routes.hpp"

namespace tandem::identity {

/// /api/password-resets, /api/me/email, /api/email-verifications.
void declare_user_tokens(http::Routes& routes);

}  // namespace tandem::identity
