#include "identity/user_tokens.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "crypto/hmac.hpp"
#include "crypto/token.hpp"
#include "identity/api.hpp"
#include "identity/log_in_limits.hpp"
#include "identity/mail_texts.hpp"
#include "identity/memberships.hpp"
#include "identity/password_rules.hpp"
#include "identity/sessions.hpp"

namespace tandem::identity {

namespace {

using namespace std::chrono_literals;

enum class Purpose : int { password_reset, email_verification };
BOOST_DESCRIBE_ENUM(Purpose, password_reset, email_verification)

/// The secret of a link as it comes back; what none of ours looks like is looked up in vain.
using LinkToken = Text<1, 100>;

constexpr auto kResetLife = 1h;
constexpr auto kVerificationLife = 24h;
constexpr std::int64_t kPerHourMax = 3;  // links of one purpose to one user
/// What every request for a link takes, so that its time does not tell whether anything was sent.
constexpr auto kAnswerAfter = 150ms;

inline constexpr ProblemKind kEmailTaken{409, "email_taken", "This address is another user's"};

struct TokenRow {
  UserTokenId id;
};
BOOST_DESCRIBE_STRUCT(TokenRow, (), (id))
// None when the user has enough of them.
const db::Query<TokenRow(UserTokenId, UserId, Purpose, Email, db::Bytes, Timestamp, Timestamp, std::int64_t)>
    kInsertToken{"identity.insert_user_token", R"sql(
  insert into app.user_tokens (organization_id, id, user_id, purpose, email, token_hash, expires_at)
  select $1, $2, $3, $4, $5, $6, $7
  where (select count(*) from app.user_tokens t
         where t.organization_id = $1 and t.user_id = $3 and t.purpose = $4 and t.created_at > $8) < $9
  returning id
)sql"};

struct Proof {
  UserTokenId id;
  UserId user_id;
  Email email, known_email;
  Language locale{};
};
BOOST_DESCRIBE_STRUCT(Proof, (), (id, user_id, email, known_email, locale))
const db::Query<Proof(Purpose, db::Bytes, Timestamp)> kProof{"identity.user_token", R"sql(
  select t.id, t.user_id, t.email, u.email as known_email, u.locale
  from app.user_tokens t
  join app.users u on u.organization_id = t.organization_id and u.id = t.user_id
  where t.organization_id = $1 and t.purpose = $2 and t.token_hash = $3 and t.used_at is null and t.expires_at > $4
    and u.state = 'active'
)sql"};

const db::Query<TokenRow(UserTokenId, Timestamp)> kUseToken{"identity.use_user_token", R"sql(
  update app.user_tokens set used_at = $3
  where organization_id = $1 and id = $2 and used_at is null
  returning id
)sql"};

// A reset proves the address, too; all other links of the user are void.
const db::Query<db::Nothing(UserId, std::string, Timestamp)> kResetPassword{"identity.reset_password", R"sql(
  update app.users set password_hash = $3, email_verified_at = coalesce(email_verified_at, $4)
  where organization_id = $1 and id = $2
)sql"};
const db::Query<db::Nothing(UserId, Timestamp)> kVoidTokens{"identity.void_user_tokens", R"sql(
  update app.user_tokens set used_at = $3 where organization_id = $1 and user_id = $2 and used_at is null
)sql"};
const db::Query<TokenRow(UserId, Email, std::string, Timestamp)> kSetEmail{"identity.set_user_email", R"sql(
  update app.users as u set email = $3, email_key = $4, email_verified_at = $5
  where u.organization_id = $1 and u.id = $2
  returning u.id
)sql"};
/// The secret of a new link; nullopt when the user has asked for enough.
Task<std::optional<std::string>> new_link(db::Tx& tx, UserId user, Purpose purpose, Email email,
                                          std::chrono::microseconds life) {
  const auto made = crypto::new_token();
  const auto row = co_await tx.maybe(kInsertToken, tx.new_id<UserTokenId>(), user, purpose, email,
                                     db::Bytes{made.hash}, tx.now() + life, tx.now() - 1h, kPerHourMax);
  if (!row) co_return std::nullopt;
  co_return made.secret;
}

Task<> pause_until(Monotonic::time_point at) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  timer.expires_at(at);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

/// The live proof of a link's token. Throws Problem kNotFound.
Task<Proof> find_proof(db::Pool& pool, Purpose purpose, LinkToken token) {
  const db::Bytes hash{crypto::sha256(token.str())};
  auto found = co_await on_platform(pool, db::Role::read,
                                    [&](db::Tx& tx) { return tx.maybe(kProof, purpose, hash, tx.now()); });
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

// ------------------------------------------------------------------ a new password

struct AskForReset {
  Email email;
};
BOOST_DESCRIBE_STRUCT(AskForReset, (), (email))
struct Accepted {
  bool accepted = true;
};
BOOST_DESCRIBE_STRUCT(Accepted, (), (accepted))

/// Apart from log-ins, so that neither uses up the tries of the other.
http::AddressLimit& asked_by_address() {
  static http::AddressLimit limit(5, std::chrono::minutes{1});
  return limit;
}

Task<Accepted> ask_for_reset(http::Context context, AskForReset request) {
  const auto answer_at = Monotonic::now() + kAnswerAfter;
  asked_by_address().enter(context.request.client_ip);
  co_await on_platform(context.pool, db::Role::write, [&](db::Tx& tx) -> Task<> {
    const auto user = co_await find_user(tx, request.email);
    if (!user || user->state != UserState::active) co_return;
    const auto secret = co_await new_link(tx, user->id, Purpose::password_reset, user->email, kResetLife);
    if (!secret) co_return;
    mail::send(tx, password_reset_mail(user->email, user->locale, mail::public_link("/reset/" + *secret)));
    record_audit(tx, "ask_for_password_reset", user->id.uuid(), JsonObject{});
  });
  co_await pause_until(answer_at);
  co_return Accepted{};
}

struct ResetPassword {
  crypto::PasswordText password;
};
BOOST_DESCRIBE_STRUCT(ResetPassword, (), (password))

Task<http::NoContent> reset_password(http::Context context, LinkToken token, ResetPassword request) {
  LogInLimits::instance().enter(context.request.client_ip);
  const Proof proof = co_await find_proof(context.pool, Purpose::password_reset, token);
  check_new_password(request.password, proof.known_email.str());
  const std::string phc = co_await crypto::hash_password_on_pool(request.password.secret());
  co_await on_platform(
      context.pool, db::Role::write,
      [&](db::Tx& tx) -> Task<> {
        if (!co_await tx.maybe(kUseToken, proof.id, tx.now())) throw Problem(kNotFound);
        tx.later(kResetPassword, proof.user_id, phc, tx.now());
        tx.later(kVoidTokens, proof.user_id, tx.now());
        co_await end_sessions(tx, proof.user_id);
        mail::send(tx, password_changed_mail(proof.known_email, proof.locale));
        record_audit(tx, "reset_password", proof.user_id.uuid(), JsonObject{});
      },
      proof.user_id);
  LogInLimits::instance().succeeded(proof.known_email.normalised());
  co_return http::NoContent{};
}

// ------------------------------------------------------------------ a new address

struct ChangeEmail {
  Email email;
};
BOOST_DESCRIBE_STRUCT(ChangeEmail, (), (email))

Task<Accepted> change_email(http::Context context, ChangeEmail request) {
  const auto answer_at = Monotonic::now() + kAnswerAfter;
  const UserId id{context.principal.scope.actor_id.uuid()};
  co_await on_platform(
      context.pool, db::Role::write,
      [&](db::Tx& tx) -> Task<> {
        const auto user = co_await find_user(tx, id);
        if (!user) throw Problem(kUnauthenticated);
        const auto secret =
            co_await new_link(tx, id, Purpose::email_verification, request.email, kVerificationLife);
        if (!secret) co_return;
        mail::send(tx, email_verification_mail(request.email, user->locale,
                                               mail::public_link("/verify/" + *secret)));
        record_audit(tx, "ask_for_new_email", id.uuid(), JsonObject{});
      },
      id);
  co_await pause_until(answer_at);
  co_return Accepted{};
}

Task<http::NoContent> verify_email(http::Context context, LinkToken token) {
  LogInLimits::instance().enter(context.request.client_ip);
  const Proof proof = co_await find_proof(context.pool, Purpose::email_verification, token);
  co_await on_platform(
      context.pool, db::Role::write,
      [&](db::Tx& tx) -> Task<> {
        if (!co_await tx.maybe(kUseToken, proof.id, tx.now())) throw Problem(kNotFound);
        const auto other = co_await find_user(tx, proof.email);
        if (other && other->id != proof.user_id) throw Problem(kEmailTaken);
        co_await tx.one(kSetEmail, proof.user_id, proof.email, proof.email.normalised(), tx.now());
        tx.later(kVoidTokens, proof.user_id, tx.now());
        mail::send(tx, email_changed_mail(proof.known_email, proof.locale));
        record_audit(tx, "change_email", proof.user_id.uuid(), JsonObject{});
      },
      proof.user_id);
  co_await refresh_copies(context.pool, proof.user_id);
  co_return http::NoContent{};
}

}  // namespace

void declare_user_tokens(http::Routes& routes) {
  using http::Access;
  routes.tag("sessions");
  routes.post("/api/password-resets", ask_for_reset)
      .says("Ask for a link to choose a new password")
      .explains("The same answer in the same time whether or not there is such a user. Three links an hour.")
      .allow(Access::open)
      .answers(202);
  routes.post("/api/password-resets/{token}", reset_password)
      .says("Choose a new password by the link; ends all of the user's sessions")
      .allow(Access::open);
  routes.post("/api/me/email", change_email)
      .says("Ask for a link that makes another address the user's login")
      .allow(Access::user)
      .sensitive()
      .answers(202);
  routes.post("/api/email-verifications/{token}", verify_email)
      .says("Take the address of the link as the user's login")
      .allow(Access::open)
      .refuses({&kEmailTaken});
}

}  // namespace tandem::identity
