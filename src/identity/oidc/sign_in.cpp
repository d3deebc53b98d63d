#include "identity/oidc/sign_in.hpp"

#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "crypto/installation.hpp"
#include "crypto/token.hpp"
#include "identity/api.hpp"
#include "identity/invitations.hpp"
#include "identity/log_in.hpp"
#include "identity/log_in_limits.hpp"
#include "identity/mail_texts.hpp"
#include "identity/oidc/provider.hpp"
#include "mail/mail.hpp"

namespace tandem::identity {

namespace oidc {

namespace {

using namespace std::chrono_literals;

constexpr auto kAttemptLife = 10min;
constexpr auto kProofAgeMax = kConfirmedFor;
constexpr std::string_view kSecureCookie = "__Host-sso", kLocalCookie = "sso";
constexpr crypto::Place kPlace{"cookies", "sso", kPlatform, ""};

inline constexpr ProblemKind kExpired{403, "single_sign_on_expired",
                                      "This sign-in was not begun in this browser, or too long ago"};
inline constexpr ProblemKind kUnverified{
    403, "single_sign_on_email", "The provider does not vouch for an e-mail address that is taken here"};
inline constexpr ProblemKind kUnknownUser{403, "single_sign_on_unknown",
                                          "Nobody here has this login: ask for an invitation"};

using Token = Text<43, 43>;

/// What the cookie holds: first the attempt, then, when the provider has said who it is, the user.
struct Pending {
  Token state, nonce, verifier;
  Timestamp expires_at;
  std::optional<InvitationToken> invitation;
  bool confirms = false;  // of somebody who is signed in and confirms that it is still them
  std::optional<UserId> user_id;
  bool has_used_two_factors = false;
  std::optional<Timestamp> proved_at;
};
BOOST_DESCRIBE_STRUCT(Pending, (),
                      (state, nonce, verifier, expires_at, invitation, confirms, user_id,
                       has_used_two_factors, proved_at))

Token new_token() { return Token::parse(crypto::new_token().secret).value(); }

std::string cookie(const http::Request& request, std::string_view value, std::chrono::seconds life) {
  // Lax and not Strict: the browser comes back from the provider's site.
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax{}; Max-Age={}",
                     request.is_secure ? kSecureCookie : kLocalCookie, value,
                     request.is_secure ? "; Secure" : "", life.count());
}
std::string kept(const http::Request& request, const Pending& pending) {
  return cookie(request, to_base64url(crypto::installed_envelope().seal(kPlace, json::print(pending))),
                kAttemptLife);
}
std::string dropped(const http::Request& request) { return cookie(request, "", 0s); }

/// The attempt that this browser began. Throws Problem kExpired.
Pending brought(const http::Request& request) {
  const auto value = request.cookie(request.is_secure ? kSecureCookie : kLocalCookie);
  const auto sealed = value ? from_base64url(*value) : std::nullopt;
  const auto opened = sealed ? crypto::installed_envelope().open(kPlace, *sealed) : std::nullopt;
  if (!opened) throw Problem(kExpired);
  auto pending = json::parse<Pending>(*opened);
  if (pending.expires_at <= Clock::now()) throw Problem(kExpired);
  return pending;
}

Attempt attempt_of(const Pending& pending) {
  return {.state = pending.state.str(),
          .nonce = pending.nonce.str(),
          .verifier = pending.verifier.str(),
          .redirect_uri = mail::public_link("/signin/sso"),
          .asks_again = pending.confirms};
}

// ------------------------------------------------------------------ who it is

struct FoundUser {
  UserId user_id;
};
BOOST_DESCRIBE_STRUCT(FoundUser, (), (user_id))
const db::Query<FoundUser(std::string, std::string)> kUserOfIdentity{"identity.user_of_identity", R"sql(
  select i.user_id from app.user_identities i
  where i.organization_id = $1 and i.issuer = $2 and i.subject = $3
)sql"};
struct MadeIdentity {
  Uuid id;
};
BOOST_DESCRIBE_STRUCT(MadeIdentity, (), (id))
const db::Query<MadeIdentity(Uuid, UserId, std::string, std::string)> kInsertIdentity{
    "identity.insert_user_identity", R"sql(
  insert into app.user_identities (organization_id, id, user_id, issuer, subject)
  values ($1, $2, $3, $4, $5)
  on conflict do nothing
  returning id
)sql"};

/// Throws Problem kUnverified unless the provider vouches for the address and its domain is taken here.
Email vouched_address(const Claims& claims) {
  if (!claims.email || !claims.is_email_verified)
    throw Problem(kUnverified, "The provider has not verified the e-mail address.");
  const auto& domains = settings()->domains;
  const std::string key = claims.email->normalised();
  if (!domains.empty() && std::ranges::find(domains, key.substr(key.rfind('@') + 1)) == domains.end())
    throw Problem(kUnverified, "Addresses of this domain do not sign in here.");
  return *claims.email;
}

/// Who has this address: a user, or whoever was invited by it and becomes one now.
Task<Credentials> user_by_address(db::Tx& tx, Claims claims, std::optional<Invited> invited) {
  const Email email = vouched_address(claims);
  if (auto known = co_await find_user(tx, email)) {
    // Another way in that its owner did not open: it is told.
    mail::send(tx, single_sign_on_linked_mail(known->email, known->locale, settings()->label));
    co_return *std::move(known);
  }
  if (!invited || invited->email.normalised() != email.normalised()) throw Problem(kUnknownUser);
  const auto name = Text<1, 120>::parse(claims.name);
  const auto made =
      co_await insert_user(tx, {.email = email,
                                .name = name ? *name : Text<1, 120>::parse(head_of(email.str(), 120)).value(),
                                .locale = invited->locale,
                                .password_hash = {},
                                .is_verified = true});
  if (!made) throw Problem(kConflict, "Somebody is accepting with this address right now.");
  record_audit(tx, "create_user", made->uuid(), JsonObject{});
  co_return (co_await find_user(tx, *made)).value();
}

/// The user of these claims: by the provider's own name for the person, or, the first time, by the address.
Task<Credentials> user_of(db::Tx& tx, Claims claims, std::optional<Invited> invited) {
  const std::string& issuer = settings()->issuer;
  std::optional<Credentials> user;
  if (const auto found = co_await tx.maybe(kUserOfIdentity, issuer, claims.subject)) {
    user = co_await find_user(tx, found->user_id);
  } else {
    user = co_await user_by_address(tx, claims, invited);
    // An address that went to somebody else does not open the account of who had it before.
    if (user->state == UserState::active && !co_await link_identity(tx, user->id, issuer, claims.subject))
      throw Problem(kUnknownUser, "Another login of the provider belongs to the account of this address.");
  }
  if (!user || user->state != UserState::active) throw Problem(kUnknownUser);
  if (invited && invited->email.normalised() != user->email.normalised())
    throw Problem(kUnknownUser, "The invitation is for another address.");
  co_return *std::move(user);
}

// ------------------------------------------------------------------ routes

struct SingleSignOn {
  std::optional<std::string> label;  // of the button; null: there is no single sign-on
};
BOOST_DESCRIBE_STRUCT(SingleSignOn, (), (label))
Task<SingleSignOn> describe(http::Context) {
  co_return SingleSignOn{settings() ? std::optional(settings()->label) : std::nullopt};
}

struct BeginSingleSignOn {
  std::optional<InvitationToken> invitation;  // to accept
  std::optional<bool> confirms;               // who is signed in confirms that it is still them
};
BOOST_DESCRIBE_STRUCT(BeginSingleSignOn, (), (invitation, confirms))
struct SignInElsewhere {
  std::string location;  // the provider's page
};
BOOST_DESCRIBE_STRUCT(SignInElsewhere, (), (location))

/// One sign-in is three calls, and many people come from the address of one office.
http::AddressLimit& calls_by_address() {
  static http::AddressLimit limit(60, 1min);
  return limit;
}

/// What every step asks of its caller.
void check_caller(const http::Request& request) {
  if (settings() == nullptr) throw Problem(kNotFound);
  require_private_connection(request);
  require_same_origin(request);
  calls_by_address().enter(request.client_ip);
}

Task<http::Reply<SignInElsewhere>> begin(http::Context context, BeginSingleSignOn request) {
  check_caller(context.request);
  if (request.invitation) co_await invited_by(context.pool, *request.invitation);
  Pending pending;
  pending.state = new_token();
  pending.nonce = new_token();
  pending.verifier = new_token();
  pending.expires_at = Clock::now() + kAttemptLife;
  pending.invitation = request.invitation;
  pending.confirms = request.confirms.value_or(false);
  const std::string location = co_await authorization_url(attempt_of(pending));
  co_return http::Reply<SignInElsewhere>{201, {location}, {{"Set-Cookie", kept(context.request, pending)}}};
}

struct ProveSingleSignOn {
  Text<1, 4000> code;  // as the provider appended it to the address
  Text<1, 200> state;
  std::optional<Text<1, 2000>> iss;
};
BOOST_DESCRIBE_STRUCT(ProveSingleSignOn, (), (code, state, iss))
struct SingleSignOnProof {
  bool needs_second_factor = false;  // the code goes with the next call
};
BOOST_DESCRIBE_STRUCT(SingleSignOnProof, (), (needs_second_factor))

Task<http::Reply<SingleSignOnProof>> prove(http::Context context, ProveSingleSignOn request) {
  check_caller(context.request);
  Pending pending = brought(context.request);
  if (pending.user_id || !crypto::equal_in_constant_time(request.state.str(), pending.state.str()))
    throw Problem(kExpired);
  const auto issuer = request.iss ? std::optional(request.iss->str()) : std::nullopt;
  const Claims claims = co_await redeem(attempt_of(pending), {request.code.str(), issuer});
  if (pending.confirms && (!claims.proved_at || *claims.proved_at + kProofAgeMax <= Clock::now()))
    throw Problem(kRefused, "The provider did not ask again who it is.");
  std::optional<Invited> invited;
  if (pending.invitation) invited = co_await invited_by(context.pool, *pending.invitation);
  const Credentials user = co_await on_platform(context.pool, db::Role::write,
                                                [&](db::Tx& tx) { return user_of(tx, claims, invited); });
  pending.user_id = user.id;
  pending.has_used_two_factors = claims.has_used_two_factors;
  pending.proved_at = claims.proved_at;
  co_return http::Reply<SingleSignOnProof>{201,
                                           {user.has_second_factor() && !claims.has_used_two_factors},
                                           {{"Set-Cookie", kept(context.request, pending)}}};
}

struct EnterBySingleSignOn {
  std::optional<SecondFactorCode> code;
};
BOOST_DESCRIBE_STRUCT(EnterBySingleSignOn, (), (code))

Task<http::Reply<SessionDocument>> enter(http::Context context, EnterBySingleSignOn request) {
  check_caller(context.request);
  const Pending pending = brought(context.request);
  if (!pending.user_id) throw Problem(kExpired);
  const auto user = co_await on_platform(context.pool, db::Role::read,
                                         [&](db::Tx& tx) { return find_user(tx, *pending.user_id); });
  if (!user || user->state != UserState::active) throw Problem(kUnknownUser);
  if (!pending.has_used_two_factors && user->has_second_factor()) {
    const std::string account = user->email.normalised();
    co_await LogInLimits::instance().wait_turn(account);
    co_await check_second_factor(context.pool, *user, request.code);
    LogInLimits::instance().succeeded(account);
  }
  if (pending.invitation) co_await join(context.pool, *pending.invitation, *user);
  auto answer = co_await signed_in(context, user->id,
                                   {.is_strong = pending.has_used_two_factors || user->has_second_factor(),
                                    .proved_at = pending.proved_at});
  answer.headers.emplace_back("Set-Cookie", dropped(context.request));
  co_return answer;
}

}  // namespace

void declare_sign_in(http::Routes& routes) {
  using http::Access;
  routes.tag("sessions");
  routes.get("/api/single-sign-on", describe)
      .says("Say whether there is a single sign-on, and what its button says")
      .allow(Access::open);
  routes.post("/api/single-sign-on/attempts", begin)
      .says("Begin a single sign-on: the provider's page to send the browser to")
      .explains(
          "OpenID Connect, authorization code with PKCE. A cookie of ten minutes binds the attempt to the browser. With "
          "`confirms` the provider asks the person anew, for sensitive calls of the next five minutes.")
      .allow(Access::open)
      .refuses({&kHttpsRequired, &kProviderAway});
  routes.post("/api/single-sign-on/proof", prove)
      .says("Bring what the provider appended to the address of /signin/sso")
      .explains(
          "A user is found by the provider's own name for the person; the first time by an e-mail address that the provider "
          "has verified. Nobody becomes a member of anything by this alone.")
      .allow(Access::open)
      .refuses(
          {&kHttpsRequired, &kExpired, &kRefused, &kUnverified, &kUnknownUser, &kProviderAway, &kConflict});
  routes.post("/api/single-sign-on/session", enter)
      .says("Open the session that was proved, with the code of the second factor where it is needed")
      .allow(Access::open)
      .refuses({&kHttpsRequired, &kExpired, &kUnknownUser, &kSecondFactor, &kMemberAlready});
}

}  // namespace oidc

Task<bool> link_identity(db::Tx& tx, UserId user, std::string issuer, std::string subject) {
  const auto made = co_await tx.maybe(oidc::kInsertIdentity, new_uuid(), user, issuer, subject);
  if (!made) co_return false;
  record_audit(tx, "link_single_sign_on", user.uuid(), JsonObject{});
  co_return true;
}

}  // namespace tandem::identity
