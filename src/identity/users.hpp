// Users: one login, by e-mail, over all organizations and partners. Rows of the platform (platform.hpp).
#pragma once
#include "crypto/password.hpp"
#include "http/routes.hpp"
#include "identity/language.hpp"
#include "identity/platform.hpp"

namespace tandem::identity {

enum class UserState : int { active, disabled };
BOOST_DESCRIBE_ENUM(UserState, active, disabled)

struct User {
  UserId id;
  Email email;
  std::string name;
  Language locale{};
};
BOOST_DESCRIBE_STRUCT(User, (), (id, email, name, locale))

/// What is needed to let somebody in.
struct Credentials {
  UserId id;
  Email email;
  std::string name;
  Language locale{};
  UserState state{};
  std::optional<std::string> password_hash;
  std::optional<db::Bytes> totp_secret;  // sealed
  std::optional<Timestamp> totp_confirmed_at;
  std::optional<std::int64_t> totp_last_step;
  bool has_second_factor() const { return totp_confirmed_at.has_value(); }
  User user() const { return {id, email, name, locale}; }
};
BOOST_DESCRIBE_STRUCT(Credentials, (),
                      (id, email, name, locale, state, password_hash, totp_secret, totp_confirmed_at,
                       totp_last_step))

// All in a transaction of platform_scope().
Task<std::optional<Credentials>> find_user(db::Tx& tx, Email email);
Task<std::optional<Credentials>> find_user(db::Tx& tx, UserId id);

struct NewUser {
  Email email;
  Text<1, 120> name;
  Language locale = Language::en;
  std::optional<std::string> password_hash;
  bool is_verified = false;  // it was proved that the user reads this address
  bool is_demo = false;
};
/// The new user's id; nullopt when there is one of this e-mail.
Task<std::optional<UserId>> insert_user(db::Tx& tx, NewUser user);
Task<> set_password_hash(db::Tx& tx, UserId id, std::string phc);

/// PATCH /api/me.
void declare_profile(http::Routes& routes);

}  // namespace tandem::identity
