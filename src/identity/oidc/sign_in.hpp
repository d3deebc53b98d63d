// Single sign-on: a browser is sent to the OpenID provider of the installation and comes back as a user who
// exists, or as one who accepts an invitation. Nothing of an attempt is stored here: it travels sealed in a
// cookie of ten minutes, which binds it to the browser that began it.
#pragma once
#include "http/routes.hpp"

namespace tandem::identity::oidc {

/// GET /api/single-sign-on, POST its attempts, proof and session.
void declare_sign_in(http::Routes& routes);

}  // namespace tandem::identity::oidc
