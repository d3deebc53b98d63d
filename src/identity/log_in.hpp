// Logging in and out, confirming that it is still the same person, changing the password.
#pragma once
#include "identity/memberships.hpp"
#include "identity/second_factor.hpp"
#include "identity/sessions.hpp"

namespace tandem::identity {

inline constexpr ProblemKind kSecondFactor{401, "second_factor", "The code of the second factor is needed"};

/// Who is signed in, and what the browser needs to know for its next calls.
struct SessionDocument {
  User user;
  std::string csrf_token;
  Timestamp expires_at;                            // unless requests keep coming, or at the latest
  std::optional<Timestamp> reauthenticated_until;  // sensitive calls are taken until then
  bool second_factor = false;                      // the user has one here
  bool is_strong = false;                          // two factors were given to open this session
  std::vector<Membership> memberships;
};
BOOST_DESCRIBE_STRUCT(SessionDocument, (),
                      (user, csrf_token, expires_at, reauthenticated_until, second_factor, is_strong,
                       memberships))

/// The user with this e-mail, password and, where there is a second factor, code. The work and the refusal
/// are the same whether or not there is such a user. Throws Problem kUnauthenticated, kSecondFactor,
/// kTooManyRequests, kUnavailable.
Task<Credentials> check_log_in(db::Pool& pool, Email email, crypto::PasswordText password,
                               std::optional<SecondFactorCode> code);

/// Uses up the code of a user who has a second factor. Throws Problem kSecondFactor.
Task<> check_second_factor(db::Pool& pool, Credentials user, std::optional<SecondFactorCode> code);

/// Opens a session for a user who has proved who it is, in place of the one that the browser brings: the
/// answer of a log-in.
Task<http::Reply<SessionDocument>> signed_in(http::Context context, UserId user, SignInProof proof);
/// The proof of whoever gave a password just now, and the code where there is a second factor.
SignInProof by_password(const Credentials& user);

/// POST, GET and DELETE /api/session, its reauthentication, POST /api/me/password.
void declare_log_in(http::Routes& routes);

}  // namespace tandem::identity
