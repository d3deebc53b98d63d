// What payouts write to partners, in the languages of the product.
#pragma once
#include <string_view>

#include "base/money.hpp"
#include "mail/mail.hpp"

namespace tandem::payouts {

/// That money goes elsewhere from now on; `locale` as BCP 47 writes it, English for any that is not spoken.
mail::Message method_changed_mail(Email to, std::string_view locale, std::string_view organization,
                                  Currency currency, std::string_view account_hint);

}  // namespace tandem::payouts
