// What a new password must be: 12 to 256 bytes, not one that many people chose, not the user's own address.
// No rules of composition (NIST SP 800-63B section 5.1.1.2).
#pragma once
#include <string_view>

#include "base/problem.hpp"
#include "crypto/password.hpp"

namespace tandem::identity {

/// True for a password that guessers try first: it or its stem (without up to six digits and signs around it)
/// is on the list, it is one part repeated, or it has fewer than five different characters.
bool is_common_password(std::string_view password);

/// Throws Problem kInvalid about /password. `email` is the user's.
void check_new_password(const crypto::PasswordText& password, std::string_view email);

}  // namespace tandem::identity
