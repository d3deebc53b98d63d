// What identity writes to people, in the languages of the product.
#pragma once
#include "identity/users.hpp"
#include "mail/mail.hpp"

namespace tandem::identity {

/// To join an organization (or a partner's team): by whom, and the link that works for seven days.
mail::Message invitation_mail(Email to, Language locale, std::string_view organization,
                              std::string_view link);
/// To choose a new password: the link works for an hour.
mail::Message password_reset_mail(Email to, Language locale, std::string_view link);
/// To prove an address: the link works for a day.
mail::Message email_verification_mail(Email to, Language locale, std::string_view link);
/// To the old address, that there is a new one.
mail::Message email_changed_mail(Email to, Language locale);
/// That the password is a new one.
mail::Message password_changed_mail(Email to, Language locale);
/// That a login of the provider (its label) opens the account from now on.
mail::Message single_sign_on_linked_mail(Email to, Language locale, std::string_view provider);

}  // namespace tandem::identity
