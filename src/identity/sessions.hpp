// Login sessions: a random token in a cookie, of which the database has the hash. A session ends after a time
// without requests, after a time in any case, and by a change of password, role or status. Whatever changes
// something with a session brings its CSRF token and comes from our own pages.
#pragma once
#include <chrono>

#include "http/routes.hpp"
#include "identity/users.hpp"

namespace tandem::identity {

/// A session as requests know it.
struct LoginSession {
  LoginSessionId id;
  UserId user_id;
  std::int32_t idle_seconds = 0;
  Timestamp expires_at, seen_at, confirmed_at;
  bool is_strong = false;  // opened by two factors
};
BOOST_DESCRIBE_STRUCT(LoginSession, (),
                      (id, user_id, idle_seconds, expires_at, seen_at, confirmed_at, is_strong))

/// How long a session lives: staff sooner than partners (security-and-correctness.md section 7).
struct SessionLimits {
  std::chrono::seconds idle, whole;
};
inline constexpr SessionLimits kStaffLimits{std::chrono::minutes{30}, std::chrono::hours{12}};
inline constexpr SessionLimits kPartnerLimits{std::chrono::hours{8}, std::chrono::days{7}};
/// For how long a confirmation (password, second factor) counts for sensitive routes.
inline constexpr std::chrono::minutes kConfirmedFor{5};

/// A session that was just made, or whose token was just changed.
struct OpenedSession {
  LoginSession session;
  std::string token;
};
/// How the user of a new session showed who it is.
struct SignInProof {
  bool is_strong = false;              // by two factors, here or at the provider of a single sign-on
  std::optional<Timestamp> proved_at;  // for sensitive calls; nullopt: not lately
};
/// In a transaction of platform_scope().
Task<OpenedSession> open_session(db::Tx& tx, UserId user, SessionLimits limits, SignInProof proof,
                                 const http::Request& request);
/// The user has, or has no more, a second factor: so has this session.
void set_strength(db::Tx& tx, LoginSessionId id, bool is_strong);
/// A new token for a session that was confirmed or whose rights changed; 401 when it has ended.
Task<OpenedSession> renew_session(db::Tx& tx, LoginSessionId id);
/// Ends one session, or all of a user but one. Requests are refused within a second.
Task<> end_session(db::Tx& tx, UserId user, LoginSessionId id);
Task<> end_sessions(db::Tx& tx, UserId user, std::optional<LoginSessionId> except = {});

/// The cookie's name and attributes depend on the connection: over HTTPS "__Host-sid", Secure; over plain
/// HTTP, which is allowed on this machine only, "sid".
std::string session_cookie(const http::Request& request, const std::string& token);
std::string ended_session_cookie(const http::Request& request);
/// The token that a request brings, when it has the form of one.
std::optional<std::string> presented_session(const http::Request& request);
/// Throws Problem kHttpsRequired for plain HTTP from another machine.
void require_private_connection(const http::Request& request);
inline constexpr ProblemKind kHttpsRequired{403, "https_required", "Signing in needs HTTPS"};

/// What X-CSRF-Token must be for this session.
std::string csrf_token(std::string_view session_token);
/// Throws Problem kCsrf unless the browser says that the call comes from our own pages (Sec-Fetch-Site, else
/// Origin).
void require_same_origin(const http::Request& request);

/// The session of a token while it lives; remembered for half a second. Notes that it was seen.
Task<std::optional<LoginSession>> find_session(db::Pool& pool, const std::string& token);
/// The authenticate hook's part for a request with a session's cookie.
Task<http::Principal> authenticate_session(db::Pool& pool, const http::Request& request,
                                           const http::Route& route, const std::string& token);

/// GET and DELETE /api/sessions.
void declare_sessions(http::Routes& routes);

}  // namespace tandem::identity
