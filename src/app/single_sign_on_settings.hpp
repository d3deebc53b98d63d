// What the settings say about single sign-on: read by `serve`, checked by `doctor`.
#pragma once
#include "app/config.hpp"
#include "identity/api.hpp"

namespace tandem::app {

/// nullopt without `oidc_issuer`. Throws UserError that names the setting.
std::optional<identity::SingleSignOnSettings> single_sign_on_settings(const Config& config);

}  // namespace tandem::app
