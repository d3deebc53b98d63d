#include "identity/users.hpp"

#include "identity/api.hpp"
#include "identity/memberships.hpp"

namespace tandem::identity {

namespace {

const db::Query<Credentials(std::string)> kUserByEmail{"identity.user_by_email", R"sql(
  select u.id, u.email, u.name, u.locale, u.state, u.password_hash, u.totp_secret, u.totp_confirmed_at,
         u.totp_last_step
  from app.users u
  where u.organization_id = $1 and u.email_key = $2
)sql"};

const db::Query<Credentials(UserId)> kUserById{"identity.user_by_id", R"sql(
  select u.id, u.email, u.name, u.locale, u.state, u.password_hash, u.totp_secret, u.totp_confirmed_at,
         u.totp_last_step
  from app.users u
  where u.organization_id = $1 and u.id = $2
)sql"};

struct UserRow {
  UserId id;
};
BOOST_DESCRIBE_STRUCT(UserRow, (), (id))
const db::Query<UserRow(UserId, Email, std::string, Text<1, 120>, Language, std::optional<std::string>,
                        std::optional<Timestamp>, bool)>
    kInsertUser{"identity.insert_user", R"sql(
  insert into app.users (organization_id, id, email, email_key, name, locale, password_hash, email_verified_at, is_demo)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict (organization_id, email_key) do nothing
  returning id
)sql"};

const db::Query<db::Nothing(UserId, std::string)> kSetPasswordHash{"identity.set_password_hash", R"sql(
  update app.users set password_hash = $3 where organization_id = $1 and id = $2
)sql"};

const db::Query<User(UserId, std::optional<Text<1, 120>>, std::optional<Language>)> kUpdateUser{
    "identity.update_user",
    R"sql(
  update app.users as u set name = coalesce($3, u.name), locale = coalesce($4, u.locale)
  where u.organization_id = $1 and u.id = $2
  returning u.id, u.email, u.name, u.locale
)sql"};

/// What is absent stays as it is.
struct UpdateProfile {
  std::optional<Text<1, 120>> name;
  std::optional<Language> locale;
};
BOOST_DESCRIBE_STRUCT(UpdateProfile, (), (name, locale))

Task<User> update_profile(http::Context context, UpdateProfile change) {
  const UserId id{context.principal.scope.actor_id.uuid()};
  User updated = co_await on_platform(
      context.pool, db::Role::write,
      [&](db::Tx& tx) -> Task<User> {
        record_audit(tx, "change_profile", id.uuid(), JsonObject{});
        co_return co_await tx.one(kUpdateUser, id, change.name, change.locale);
      },
      id);
  co_await refresh_copies(context.pool, id);
  co_return updated;
}

}  // namespace

Task<std::optional<Credentials>> find_user(db::Tx& tx, Email email) {
  return tx.maybe(kUserByEmail, email.normalised());
}

Task<std::optional<Credentials>> find_user(db::Tx& tx, UserId id) { return tx.maybe(kUserById, id); }

Task<std::optional<UserId>> insert_user(db::Tx& tx, NewUser user) {
  const auto verified_at = user.is_verified ? std::optional(tx.now()) : std::nullopt;
  const auto row = co_await tx.maybe(kInsertUser, tx.new_id<UserId>(), user.email, user.email.normalised(),
                                     user.name, user.locale, user.password_hash, verified_at, user.is_demo);
  if (!row) co_return std::nullopt;
  co_return row->id;
}

Task<> set_password_hash(db::Tx& tx, UserId id, std::string phc) {
  co_await tx.exec(kSetPasswordHash, id, phc);
}

void declare_profile(http::Routes& routes) {
  routes.tag("sessions");
  routes.patch("/api/me", update_profile)
      .says("Change the user's own name and language")
      .allow(http::Access::user);
}

}  // namespace tandem::identity
