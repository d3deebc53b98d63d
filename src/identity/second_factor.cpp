#include "identity/second_factor.hpp"

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "crypto/installation.hpp"
#include "crypto/random.hpp"
#include "crypto/totp.hpp"
#include "identity/api.hpp"
#include "identity/sessions.hpp"

namespace tandem::identity {

namespace {

constexpr int kRecoveryCodes = 10;
constexpr std::size_t kRecoveryGroups = 4, kRecoveryGroup = 4;  // of 30 letters: 78 bits

inline constexpr ProblemKind kWrongCode{422, "wrong_code", "This is not the code of the moment"};

struct UserRow {
  UserId id;
};
BOOST_DESCRIBE_STRUCT(UserRow, (), (id))

const db::Query<UserRow(UserId, std::int64_t)> kUseStep{"identity.use_totp_step", R"sql(
  update app.users set totp_last_step = $3
  where organization_id = $1 and id = $2 and (totp_last_step is null or totp_last_step < $3)
  returning id
)sql"};

const db::Query<UserRow(UserId, db::Bytes)> kUseRecoveryCode{"identity.use_recovery_code", R"sql(
  update app.users set recovery_hashes = array_remove(recovery_hashes, $3)
  where organization_id = $1 and id = $2 and $3 = any (recovery_hashes)
  returning id
)sql"};

const db::Query<UserRow(UserId, db::Bytes)> kOfferSecret{"identity.offer_totp_secret", R"sql(
  update app.users set totp_secret = $3, totp_last_step = null
  where organization_id = $1 and id = $2 and totp_confirmed_at is null
  returning id
)sql"};

const db::Query<UserRow(UserId, Timestamp, std::int64_t, std::vector<db::Bytes>)> kConfirmSecret{
    "identity.confirm_totp_secret", R"sql(
  update app.users set totp_confirmed_at = $3, totp_last_step = $4, recovery_hashes = $5
  where organization_id = $1 and id = $2 and totp_secret is not null and totp_confirmed_at is null
  returning id
)sql"};

const db::Query<UserRow(UserId)> kDropSecret{"identity.drop_totp_secret", R"sql(
  update app.users set totp_secret = null, totp_confirmed_at = null, totp_last_step = null, recovery_hashes = '{}'
  where organization_id = $1 and id = $2 and totp_confirmed_at is not null
  returning id
)sql"};

crypto::Place place_of(const std::string& row) { return {"users", "totp_secret", kPlatform, row}; }

std::optional<std::string> secret_of(const Credentials& user) {
  if (!user.totp_secret) return std::nullopt;
  return crypto::installed_envelope().open(place_of(user.id.str()), user.totp_secret->value);
}

/// Recovery codes are compared without the signs that people add.
std::string bare(std::string_view code) {
  std::string out;
  for (const char c : code)
    if (c != '-' && c != ' ') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

std::string new_recovery_code() {
  std::string out;
  for (std::size_t group = 0; group < kRecoveryGroups; ++group)
    out += (group > 0 ? "-" : "") + crypto::random_text(kRecoveryGroup);
  return out;
}

struct SecondFactorOffer {
  std::string secret;  // base32, to be typed
  std::string uri;     // otpauth://, to be shown as a QR code
};
BOOST_DESCRIBE_STRUCT(SecondFactorOffer, (), (secret, uri))

struct ConfirmSecondFactor {
  Text<6, 6> code;
};
BOOST_DESCRIBE_STRUCT(ConfirmSecondFactor, (), (code))
struct RecoveryCodes {
  std::vector<std::string> recovery_codes;  // shown once
};
BOOST_DESCRIBE_STRUCT(RecoveryCodes, (), (recovery_codes))

UserId user_of(const http::Principal& principal) { return UserId{principal.scope.actor_id.uuid()}; }

Task<Credentials> self(db::Tx& tx, const http::Principal& principal) {
  auto user = co_await find_user(tx, user_of(principal));
  if (!user) throw Problem(kUnauthenticated);
  co_return *std::move(user);
}

// A Context handler, because its answer must not be stored for a repeat.
Task<http::Reply<SecondFactorOffer>> offer(http::Context context) {
  const std::string secret = crypto::new_totp_secret();
  const UserId id = user_of(context.principal);
  const db::Bytes sealed{crypto::installed_envelope().seal(place_of(id.str()), secret)};
  const auto user = co_await on_platform(
      context.pool, db::Role::write,
      [&](db::Tx& tx) -> Task<Credentials> {
        if (!co_await tx.maybe(kOfferSecret, id, sealed))
          throw Problem(kState, "There is a second factor already.");
        co_return co_await self(tx, context.principal);
      },
      id);
  const std::string text = crypto::to_base32(secret);
  co_return http::Reply<SecondFactorOffer>{
      201,
      {text, fmt::format("otpauth://totp/Tandem:{}?secret={}&issuer=Tandem",
                         percent_encoded(user.email.str()), text)}};
}

Task<http::Reply<RecoveryCodes>> confirm(http::Context context, ConfirmSecondFactor request) {
  RecoveryCodes out;
  std::vector<db::Bytes> hashes;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    out.recovery_codes.push_back(new_recovery_code());
    hashes.push_back({crypto::sha256(bare(out.recovery_codes.back()))});
  }
  const UserId id = user_of(context.principal);
  co_await on_platform(
      context.pool, db::Role::write,
      [&](db::Tx& tx) -> Task<> {
        const auto user = co_await self(tx, context.principal);
        const auto secret = secret_of(user);
        if (!secret || user.has_second_factor())
          throw Problem(kState, "No second factor waits to be confirmed.");
        const auto step = crypto::match_totp(*secret, request.code.str(), tx.now().unix_seconds(), {});
        if (!step) throw Problem(kWrongCode);
        if (!co_await tx.maybe(kConfirmSecret, id, tx.now(), *step, hashes))
          throw Problem(kState, "No second factor waits to be confirmed.");
        const LoginSessionId session{context.principal.session_id.value()};
        co_await end_sessions(tx, id, session);
        set_strength(tx, session, true);
        record_audit(tx, "add_second_factor", id.uuid(), JsonObject{});
      },
      id);
  co_return http::Reply<RecoveryCodes>{201, std::move(out)};
}

Task<http::NoContent> drop(db::Tx& tx, http::Principal principal) {
  if (!co_await tx.maybe(kDropSecret, user_of(principal)))
    throw Problem(kState, "There is no second factor.");
  const LoginSessionId session{principal.session_id.value()};
  co_await end_sessions(tx, user_of(principal), session);
  set_strength(tx, session, false);
  co_return http::NoContent{};
}

}  // namespace

Task<bool> use_second_factor(db::Tx& tx, Credentials user, SecondFactorCode code) {
  const auto secret = secret_of(user);
  if (!secret) co_return false;
  const auto step = crypto::match_totp(*secret, code.str(), tx.now().unix_seconds(), user.totp_last_step);
  if (step) co_return (co_await tx.maybe(kUseStep, user.id, *step)).has_value();
  const db::Bytes hash{crypto::sha256(bare(code.str()))};
  co_return (co_await tx.maybe(kUseRecoveryCode, user.id, hash)).has_value();
}

void declare_second_factor(http::Routes& routes) {
  routes.tag("sessions");
  routes.post("/api/me/second-factor", offer)
      .says("Begin to set up a second factor: the secret for an authenticator app")
      .allow(http::Access::user)
      .sensitive()
      .refuses({&kState});
  routes.post("/api/me/second-factor/confirmation", confirm)
      .says("Confirm the second factor by its first code; gives ten recovery codes, shown once")
      .explains("Ends the user's other sessions.")
      .allow(http::Access::user)
      .sensitive()
      .refuses({&kState, &kWrongCode});
  routes.del("/api/me/second-factor", drop)
      .says("Give up the second factor")
      .explains("Ends the user's other sessions.")
      .allow(http::Access::user)
      .sensitive()
      .as(db::Role::write)
      .refuses({&kState});
}

}  // namespace tandem::identity
