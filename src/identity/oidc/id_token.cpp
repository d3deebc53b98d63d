#include "identity/oidc/id_token.hpp"

#include <algorithm>

#include "base/json_view.hpp"
#include "crypto/hmac.hpp"

namespace tandem::identity::oidc {

namespace {

using namespace std::chrono_literals;

constexpr auto kClocksDiffer = 60s;
constexpr auto kTokenAgeMax = 10min;      // it comes straight from the token endpoint
constexpr std::size_t kSubjectMax = 255;  // Core section 2
constexpr std::size_t kNameMax = 120;

std::optional<Timestamp> instant(const json::View& claim) {
  constexpr std::int64_t kYear9999 = 253'402'300'799;
  const auto seconds = claim.integer();
  if (!seconds || *seconds < 0 || *seconds > kYear9999) return std::nullopt;
  return Timestamp::from_unix_seconds(*seconds);
}

/// `aud` is our client alone, or a list with it and nobody whom we do not know (Core 3.1.3.7 rules 3 to 5).
bool is_for(const json::View& token, const std::string& client_id) {
  const auto audience = token["aud"];
  const auto many = audience.items();
  const bool is_ours =
      many.empty() ? audience.text() == client_id : many.size() == 1 && many.front().text() == client_id;
  const auto party = token["azp"];
  return is_ours && (!party.exists() || party.text() == client_id);
}

void read_email(const json::View& claims, Claims& out) {
  const auto text = claims["email"].text();
  if (!text) return;
  out.email = Email::parse(*text);
  // Some providers send the text "true", which is no JSON boolean and not taken for one.
  out.is_email_verified = out.email && claims["email_verified"].boolean().value_or(false);
}

}  // namespace

std::expected<Claims, std::string_view> check_id_token(std::string_view payload, const Expected& expected) {
  const auto document = json::Document::parse(payload);
  if (!document) return std::unexpected("the ID token is no JSON");
  const auto token = document->root();
  if (token["iss"].text() != expected.issuer) return std::unexpected("the ID token is of another issuer");
  if (!is_for(token, expected.client_id)) return std::unexpected("the ID token is for somebody else");
  const auto expires = instant(token["exp"]), issued = instant(token["iat"]);
  if (!expires || !issued) return std::unexpected("the ID token has no times");
  if (*expires + kClocksDiffer <= expected.now || *issued + kTokenAgeMax <= expected.now)
    return std::unexpected("the ID token is too old");
  if (*issued > expected.now + kClocksDiffer) return std::unexpected("the ID token is of the future");
  if (!crypto::equal_in_constant_time(token["nonce"].text().value_or(""), expected.nonce))
    return std::unexpected("the ID token is of another sign-in");
  Claims out;
  out.subject = token["sub"].text().value_or("");
  if (out.subject.empty() || out.subject.size() > kSubjectMax || !is_clean_text(out.subject))
    return std::unexpected("the ID token names nobody");
  read_email(token, out);
  if (const auto name = token["name"].text(); name && is_clean_text(*name))
    out.name = head_of(*name, kNameMax);
  out.has_used_two_factors =
      std::ranges::any_of(token["amr"].items(), [](const json::View& way) { return way.text() == "mfa"; });
  out.proved_at = instant(token["auth_time"]);
  return out;
}

bool add_user_info(std::string_view json, Claims& claims) {
  const auto document = json::Document::parse(json);
  if (!document || document->root()["sub"].text() != claims.subject) return false;
  read_email(document->root(), claims);
  if (const auto name = document->root()["name"].text(); name && is_clean_text(*name))
    claims.name = head_of(*name, kNameMax);
  return true;
}

}  // namespace tandem::identity::oidc
