// Click ids: a visit's id with a signature, given out by /r/{code} and brought back with the lead. A forged
// one is ignored. Form: base64url(id).base64url(HMAC), see crypto/signed_id.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "attribution/ids.hpp"

namespace tandem::attribution {

std::string click_id(VisitId visit_id);
/// nullopt for anything that this installation did not sign.
std::optional<VisitId> verify_click_id(std::string_view text);

}  // namespace tandem::attribution
