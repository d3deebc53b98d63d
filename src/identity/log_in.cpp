#include "identity/log_in.hpp"

#include "http/problems.hpp"
#include "identity/api.hpp"
#include "identity/log_in_limits.hpp"
#include "identity/mail_texts.hpp"
#include "identity/password_rules.hpp"
#include "identity/second_factor.hpp"

namespace tandem::identity {

namespace {

struct LogIn {
  Email email;
  crypto::PasswordText password;
  std::optional<SecondFactorCode> code;  // where the user has a second factor
};
BOOST_DESCRIBE_STRUCT(LogIn, (), (email, password, code))

struct Confirm {
  crypto::PasswordText password;
  std::optional<SecondFactorCode> code;
};
BOOST_DESCRIBE_STRUCT(Confirm, (), (password, code))

struct ChangePassword {
  crypto::PasswordText current_password, password;
};
BOOST_DESCRIBE_STRUCT(ChangePassword, (), (current_password, password))

/// The same words for an unknown user, a wrong password and a user who may not come in.
Problem wrong() { return Problem(kUnauthenticated, "The e-mail or the password is wrong."); }

/// A hash that was made with less than today is made anew while the password is at hand.
Task<> refresh_hash(db::Pool& pool, Credentials user, Secret password) {
  if (!user.password_hash || !crypto::is_password_hash_old(*user.password_hash)) co_return;
  const std::string phc = co_await crypto::hash_password_on_pool(std::move(password));
  co_await on_platform(pool, db::Role::write,
                       [&](db::Tx& tx) { return set_password_hash(tx, user.id, phc); });
}

/// The user with this e-mail and password. The work is the same whether or not there is one.
Task<Credentials> check_password(db::Pool& pool, Email email, crypto::PasswordText password) {
  auto& limits = LogInLimits::instance();
  const std::string account = email.normalised();
  co_await limits.wait_turn(account);
  crypto::require_password_pool();
  const auto user =
      co_await on_platform(pool, db::Role::read, [&](db::Tx& tx) { return find_user(tx, email); });
  const bool may_enter = user && user->state == UserState::active;
  const bool is_right = co_await crypto::verify_password_on_pool(
      may_enter ? user->password_hash : std::nullopt, password.secret());
  if (!is_right) {
    limits.failed(account);
    throw wrong();
  }
  co_return *user;
}

/// Who is signed in, as its own transaction finds it.
Task<Credentials> self(db::Pool& pool, UserId id) {
  const auto user = co_await on_platform(pool, db::Role::read, [&](db::Tx& tx) { return find_user(tx, id); });
  if (!user) throw Problem(kUnauthenticated);
  co_return *user;
}

Task<SessionDocument> document_of(db::Pool& pool, LoginSession session, std::string token) {
  const Credentials user = co_await self(pool, session.user_id);
  SessionDocument out;
  out.user = user.user();
  out.csrf_token = csrf_token(token);
  out.expires_at = std::min(session.expires_at, session.seen_at + std::chrono::seconds{session.idle_seconds});
  if (const auto until = session.confirmed_at + kConfirmedFor; until > Clock::now())
    out.reauthenticated_until = until;
  out.second_factor = user.has_second_factor();
  out.is_strong = session.is_strong;
  for (auto& membership : co_await memberships_of(pool, session.user_id))
    out.memberships.push_back(std::move(membership.shown));
  co_return out;
}

Task<http::Reply<SessionDocument>> answer_with(http::Context context, int status, OpenedSession opened) {
  auto document = co_await document_of(context.pool, opened.session, opened.token);
  co_return http::Reply<SessionDocument>{
      status, std::move(document), {{"Set-Cookie", session_cookie(context.request, opened.token)}}};
}

Task<http::Reply<SessionDocument>> log_in(http::Context context, LogIn request) {
  require_private_connection(context.request);
  require_same_origin(context.request);
  LogInLimits::instance().enter(context.request.client_ip);
  const Credentials user = co_await check_log_in(context.pool, request.email, request.password, request.code);
  co_await refresh_hash(context.pool, user, request.password.secret());
  co_return co_await signed_in(context, user.id, by_password(user));
}

Task<SessionDocument> get_session(http::Context context) {
  const auto token = presented_session(context.request);
  const auto session = token ? co_await find_session(context.pool, *token) : std::nullopt;
  if (!session) throw Problem(kUnauthenticated);
  co_return co_await document_of(context.pool, *session, *token);
}

Task<http::Response> log_out(http::Context context) {
  const UserId user{context.principal.scope.actor_id.uuid()};
  const LoginSessionId session{context.principal.session_id.value()};
  co_await on_platform(
      context.pool, db::Role::write,
      [&](db::Tx& tx) -> Task<> {
        co_await end_session(tx, user, session);
        record_audit(tx, "log_out", user.uuid(), JsonObject{});
      },
      user);
  http::Response out;
  out.status = 204;
  out.content_type.clear();
  out.headers.emplace_back("Set-Cookie", ended_session_cookie(context.request));
  co_return out;
}

/// The signed-in user's password and code, proved again.
Task<Credentials> confirm_self(http::Context context, crypto::PasswordText password,
                               std::optional<SecondFactorCode> code) {
  LogInLimits::instance().enter(context.request.client_ip);
  const Credentials user = co_await self(context.pool, UserId{context.principal.scope.actor_id.uuid()});
  co_await check_log_in(context.pool, user.email, std::move(password), std::move(code));
  co_return user;
}

Task<http::Reply<SessionDocument>> reauthenticate(http::Context context, Confirm request) {
  const Credentials user = co_await confirm_self(context, request.password, request.code);
  const LoginSessionId session{context.principal.session_id.value()};
  auto opened = co_await on_platform(
      context.pool, db::Role::write, [&](db::Tx& tx) { return renew_session(tx, session); }, user.id);
  co_return co_await answer_with(context, 201, std::move(opened));
}

Task<http::Reply<SessionDocument>> change_password(http::Context context, ChangePassword request) {
  const UserId id{context.principal.scope.actor_id.uuid()};
  const Credentials known = co_await self(context.pool, id);
  check_new_password(request.password, known.email.str());
  LogInLimits::instance().enter(context.request.client_ip);
  co_await check_password(context.pool, known.email, request.current_password);
  const std::string phc = co_await crypto::hash_password_on_pool(request.password.secret());
  const LoginSessionId session{context.principal.session_id.value()};
  auto opened = co_await on_platform(
      context.pool, db::Role::write,
      [&](db::Tx& tx) -> Task<OpenedSession> {
        co_await set_password_hash(tx, id, phc);
        co_await end_sessions(tx, id, session);
        mail::send(tx, password_changed_mail(known.email, known.locale));
        record_audit(tx, "change_password", id.uuid(), JsonObject{});
        co_return co_await renew_session(tx, session);
      },
      id);
  co_return co_await answer_with(context, 201, std::move(opened));
}

}  // namespace

Task<Credentials> check_log_in(db::Pool& pool, Email email, crypto::PasswordText password,
                               std::optional<SecondFactorCode> code) {
  const Credentials user = co_await check_password(pool, std::move(email), std::move(password));
  co_await check_second_factor(pool, user, std::move(code));
  LogInLimits::instance().succeeded(user.email.normalised());
  co_return user;
}

Task<> check_second_factor(db::Pool& pool, Credentials user, std::optional<SecondFactorCode> code) {
  if (!user.has_second_factor()) co_return;
  if (!code) throw Problem(kSecondFactor);
  const bool is_right = co_await on_platform(
      pool, db::Role::write, [&](db::Tx& tx) { return use_second_factor(tx, user, *code); }, user.id);
  if (is_right) co_return;
  LogInLimits::instance().failed(user.email.normalised());
  throw Problem(kSecondFactor, "The code is wrong or was used.");
}

SignInProof by_password(const Credentials& user) {
  return {.is_strong = user.has_second_factor(), .proved_at = Clock::now()};
}

Task<http::Reply<SessionDocument>> signed_in(http::Context context, UserId user, SignInProof proof) {
  const auto memberships = co_await memberships_of(context.pool, user);
  const bool is_staff = std::ranges::any_of(memberships, [](const auto& m) { return !m.shown.partner; });
  const auto brought = presented_session(context.request);
  const auto replaced = brought ? co_await find_session(context.pool, *brought) : std::nullopt;
  auto opened = co_await on_platform(
      context.pool, db::Role::write,
      [&](db::Tx& tx) -> Task<OpenedSession> {
        if (replaced) co_await end_session(tx, replaced->user_id, replaced->id);
        record_audit(tx, "log_in", user.uuid(), JsonObject{});
        co_return co_await open_session(tx, user, is_staff ? kStaffLimits : kPartnerLimits, proof,
                                        context.request);
      },
      user);
  co_return co_await answer_with(context, 201, std::move(opened));
}

void declare_log_in(http::Routes& routes) {
  routes.tag("sessions");
  routes.post("/api/session", log_in)
      .says("Log in")
      .explains(
          "Sets the session's cookie. An unknown user and a wrong password get the same answer in the same time. Where "
          "the user has a second factor, the call without its code is answered 401 `second_factor`.")
      .allow(http::Access::open)
      .refuses({&kHttpsRequired, &kSecondFactor});
  routes.get("/api/session", get_session)
      .says("Say who is signed in, and under which memberships they may act")
      .allow(http::Access::user);
  routes.del("/api/session", log_out).says("Log out").allow(http::Access::user).answers(204);
  routes.post("/api/session/reauthentication", reauthenticate)
      .says("Confirm that it is still the same person, for sensitive calls of the next five minutes")
      .explains("The session's cookie and CSRF token change.")
      .allow(http::Access::user)
      .refuses({&kSecondFactor});
  routes.post("/api/me/password", change_password)
      .says("Change the user's own password")
      .explains("Ends the user's other sessions; this one's cookie and CSRF token change.")
      .allow(http::Access::user);
}

}  // namespace tandem::identity
