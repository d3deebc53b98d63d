// What the settings say about mail: read by `serve`, checked by `doctor`.
#pragma once
#include "app/config.hpp"
#include "mail/mail.hpp"

namespace tandem::app {

/// Throws UserError that names the setting. Without `mail_server` mails become files in the data folder.
mail::Settings mail_settings(const Config& config);

}  // namespace tandem::app
