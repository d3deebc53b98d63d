#include "identity/invitations.hpp"

#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "crypto/token.hpp"
#include "identity/log_in.hpp"
#include "identity/log_in_limits.hpp"
#include "identity/mail_texts.hpp"
#include "identity/password_rules.hpp"

namespace tandem::identity {

namespace {

constexpr auto kLife = std::chrono::days{7};
constexpr std::size_t kTokenMax = 100;
constexpr std::size_t kOrganizationCharacters = 22;  // 16 bytes in base64url

const db::Query<db::Nothing(std::string, std::optional<PartnerId>)> kRevokeOpen{
    "identity.revoke_open_invitation",
    R"sql(
  update app.invitations set state = 'revoked'
  where organization_id = $1 and email_key = $2 and partner_id is not distinct from $3 and state = 'open'
)sql"};

const db::Query<Invitation(InvitationId, std::optional<PartnerId>, Email, std::string, MemberRole, Language,
                           db::Bytes, Timestamp)>
    kInsertInvitation{"identity.insert_invitation", R"sql(
  insert into app.invitations as i (organization_id, id, partner_id, email, email_key, role, locale, token_hash,
    expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  returning i.id, i.email, i.role, i.partner_id, i.state, i.expires_at, i.created_at
)sql"};

struct ListInvitations {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<InvitationState> state;
};
BOOST_DESCRIBE_STRUCT(ListInvitations, (), (cursor, limit, state))
const db::ListQuery<Invitation(std::optional<PartnerId>, std::optional<InvitationState>)> kListInvitations{
    "identity.list_invitations",
    R"sql(
  select i.id, i.email, i.role, i.partner_id, i.state, i.expires_at, i.created_at
  from app.invitations i
  where i.organization_id = $1 and (i.partner_id = $2 or ($2::uuid is null and i.partner_id is null))
    and ($3::text is null or i.state = $3)
)sql",
    "i.id",
    {{"created_at", "i.created_at", "timestamptz"}}};

const db::Query<Invitation(InvitationId, std::optional<PartnerId>)> kRevoke{"identity.revoke_invitation",
                                                                            R"sql(
  update app.invitations as i set state = 'revoked'
  where i.organization_id = $1 and i.id = $2 and i.partner_id is not distinct from $3 and i.state = 'open'
  returning i.id, i.email, i.role, i.partner_id, i.state, i.expires_at, i.created_at
)sql"};
const db::Query<Invitation(InvitationId, std::optional<PartnerId>)> kInvitation{"identity.invitation", R"sql(
  select i.id, i.email, i.role, i.partner_id, i.state, i.expires_at, i.created_at
  from app.invitations i
  where i.organization_id = $1 and i.id = $2 and i.partner_id is not distinct from $3
)sql"};

struct MemberRow {
  MembershipId id;
};
BOOST_DESCRIBE_STRUCT(MemberRow, (), (id))
const db::Query<MemberRow(std::string, std::optional<PartnerId>)> kMemberByEmail{"identity.member_by_email",
                                                                                 R"sql(
  select m.id from app.memberships m
  where m.organization_id = $1 and lower(m.email) = $2 and m.partner_id is not distinct from $3 and m.state = 'active'
    and m.expires_at is null
)sql"};

struct OrganizationName {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(OrganizationName, (), (name))
const db::Query<OrganizationName()> kOrganizationName{"identity.organization_name", R"sql(
  select o.name from app.organizations o where o.organization_id = $1 and o.status <> 'cancelled'
)sql"};

struct OpenInvitation {
  InvitationId id;
  std::optional<PartnerId> partner_id;
  Email email;
  MemberRole role{};
  Language locale{};
};
BOOST_DESCRIBE_STRUCT(OpenInvitation, (), (id, partner_id, email, role, locale))
const db::Query<OpenInvitation(db::Bytes, Timestamp)> kOpenInvitation{"identity.open_invitation", R"sql(
  select i.id, i.partner_id, i.email, i.role, i.locale
  from app.invitations i
  where i.organization_id = $1 and i.token_hash = $2 and i.state = 'open' and i.expires_at > $3
)sql"};
const db::Query<MemberRow(InvitationId)> kAccept{"identity.accept_invitation", R"sql(
  update app.invitations set state = 'accepted'
  where organization_id = $1 and id = $2 and state = 'open'
  returning id
)sql"};

struct CreateInvitation {
  Email email;
  MemberRole role{};
  std::optional<Language> locale;  // of the mail; English unless told
};
BOOST_DESCRIBE_STRUCT(CreateInvitation, (), (email, role, locale))

/// What the holder of the link learns before accepting.
struct InvitationOffer {
  std::string organization;
  std::optional<std::string> partner;
  Email email;
  MemberRole role{};
  bool has_login = false;  // then its password is asked for, instead of a new one
};
BOOST_DESCRIBE_STRUCT(InvitationOffer, (), (organization, partner, email, role, has_login))

struct AcceptInvitation {
  std::optional<Text<1, 120>> name;  // of a new user
  crypto::PasswordText password;     // the user's own; of a new user, the one to be
  std::optional<SecondFactorCode> code;
};
BOOST_DESCRIBE_STRUCT(AcceptInvitation, (), (name, password, code))

Task<Invitation> create(db::Tx& tx, const http::Principal& caller, std::optional<PartnerId> partner,
                        CreateInvitation request) {
  co_await require_may_give(tx, caller, partner, request.role);
  co_return co_await invite(tx, {.email = std::move(request.email),
                                 .role = request.role,
                                 .locale = request.locale.value_or(Language::en),
                                 .partner_id = partner});
}

Task<Page<Invitation>> list(db::Tx& tx, std::optional<PartnerId> partner, ListInvitations query) {
  co_return co_await tx.page(kListInvitations, "-created_at", query.cursor, query.limit.value_or(PageLimit{}),
                             partner, query.state);
}

Task<http::NoContent> revoke(db::Tx& tx, std::optional<PartnerId> partner, InvitationId id) {
  if (co_await tx.maybe(kRevoke, id, partner)) co_return http::NoContent{};
  if (!co_await tx.maybe(kInvitation, id, partner)) throw Problem(kNotFound);
  throw Problem(kState, "The invitation is accepted or revoked already.");
}

Task<Invitation> create_invitation(db::Tx& tx, http::Principal caller, CreateInvitation request) {
  co_return co_await create(tx, caller, {}, std::move(request));
}
Task<Invitation> create_partner_invitation(db::Tx& tx, http::Principal caller, PartnerId partner,
                                           CreateInvitation request) {
  co_await require_own_team(tx, partner);
  co_return co_await create(tx, caller, partner, std::move(request));
}
Task<Page<Invitation>> list_invitations(db::Tx& tx, ListInvitations query) {
  return list(tx, {}, std::move(query));
}
Task<Page<Invitation>> list_partner_invitations(db::Tx& tx, PartnerId partner, ListInvitations query) {
  co_await require_own_team(tx, partner);
  co_return co_await list(tx, partner, std::move(query));
}
Task<http::NoContent> delete_invitation(db::Tx& tx, InvitationId id) { return revoke(tx, {}, id); }
Task<http::NoContent> delete_partner_invitation(db::Tx& tx, PartnerId partner, InvitationId id) {
  co_await require_own_team(tx, partner);
  co_return co_await revoke(tx, partner, id);
}

// ------------------------------------------------------------------ the invited

db::Scope inviting(const InvitationToken& token, UserId user = {}) {
  return {token.organization(), db::ActorKind::system, ActorId{user.uuid()}, {}};
}

struct Offer {
  OpenInvitation invitation;
  InvitationOffer shown;
};

/// The open invitation of a token and what is offered. Throws Problem kNotFound.
Task<Offer> offer_of(db::Pool& pool, InvitationToken token) {
  Offer out;
  co_await db::run_tx(pool, inviting(token), db::Role::read, [&](db::Tx& tx) -> Task<> {
    const auto found = co_await tx.maybe(kOpenInvitation, db::Bytes{token.hash()}, tx.now());
    const auto organization = found ? co_await tx.maybe(kOrganizationName) : std::nullopt;
    if (!organization) throw Problem(kNotFound);
    out.invitation = *found;
    out.shown = {organization->name, {}, found->email, found->role, false};
    if (found->partner_id) out.shown.partner = co_await partner_name(tx, *found->partner_id);
  });
  co_return out;
}

/// A look-up tells whether a link lives, so links cannot be tried at will.
http::AddressLimit& look_ups_by_address() {
  static http::AddressLimit limit(30, std::chrono::minutes{1});
  return limit;
}

Task<InvitationOffer> get_offer(http::Context context, InvitationToken token) {
  look_ups_by_address().enter(context.request.client_ip);
  Offer offer = co_await offer_of(context.pool, token);
  const Email email = offer.invitation.email;
  const auto user =
      co_await on_platform(context.pool, db::Role::read, [&](db::Tx& tx) { return find_user(tx, email); });
  offer.shown.has_login = user && user->password_hash;
  co_return offer.shown;
}

/// The user of an invitation: who there is already, by its password, or a new one.
Task<UserId> accepting_user(http::Context context, const OpenInvitation& invitation,
                            const AcceptInvitation& request) {
  const Email email = invitation.email;
  const auto known =
      co_await on_platform(context.pool, db::Role::read, [&](db::Tx& tx) { return find_user(tx, email); });
  if (known && known->password_hash)
    co_return (co_await check_log_in(context.pool, email, request.password, request.code)).id;
  if (!known && !request.name) throw invalid_field("/name", "required", "how the new user is called");
  // Who came by single sign-on so far has no password; the link alone is one factor.
  if (known) co_await check_second_factor(context.pool, *known, request.code);
  check_new_password(request.password, email.str());
  const std::string phc = co_await crypto::hash_password_on_pool(request.password.secret());
  co_return co_await on_platform(context.pool, db::Role::write, [&](db::Tx& tx) -> Task<UserId> {
    if (known) {
      co_await set_password_hash(tx, known->id, phc);
      co_return known->id;
    }
    const auto made = co_await insert_user(tx, {.email = email,
                                                .name = *request.name,
                                                .locale = invitation.locale,
                                                .password_hash = phc,
                                                .is_verified = true});
    if (!made) throw Problem(kConflict, "Somebody is accepting with this address right now.");
    record_audit(tx, "create_user", made->uuid(), JsonObject{});
    co_return *made;
  });
}

Task<http::Reply<SessionDocument>> accept(http::Context context, InvitationToken token,
                                          AcceptInvitation request) {
  require_private_connection(context.request);
  require_same_origin(context.request);
  LogInLimits::instance().enter(context.request.client_ip);
  const Offer offer = co_await offer_of(context.pool, token);
  const UserId user = co_await accepting_user(context, offer.invitation, request);
  const Credentials who = (co_await on_platform(context.pool, db::Role::read, [&](db::Tx& tx) {
                            return find_user(tx, user);
                          })).value();
  co_await join(context.pool, token, who);
  co_return co_await signed_in(context, user, by_password(who));
}

}  // namespace

std::optional<InvitationToken> InvitationToken::parse(std::string_view text) {
  if (text.empty() || text.size() > kTokenMax || !is_clean_text(text)) return std::nullopt;
  InvitationToken out;
  out.value_ = text;
  const auto bytes = from_base64url(text.substr(0, kOrganizationCharacters));
  if (!bytes || bytes->size() != 16 || text.size() <= kOrganizationCharacters) return out;
  std::array<std::uint8_t, 16> id{};
  std::ranges::transform(*bytes, id.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  out.organization_ = OrganizationId{Uuid{id}};
  return out;
}

InvitationToken InvitationToken::make(OrganizationId organization) {
  std::string bytes;
  for (const auto byte : organization.uuid().bytes()) bytes += static_cast<char>(byte);
  return parse(to_base64url(bytes) + "." + crypto::new_token().secret).value();
}

Task<Invitation> invite(db::Tx& tx, NewInvitation invitation) {
  const auto& [email, role, locale, partner] = invitation;
  const std::string key = email.normalised();
  if (co_await tx.maybe(kMemberByEmail, key, partner)) throw Problem(kMemberAlready);
  std::string inviter = (co_await tx.one(kOrganizationName)).name;
  if (partner) inviter = (co_await partner_name(tx, *partner)).value_or(inviter);
  const auto token = InvitationToken::make(tx.scope().organization_id);
  tx.later(kRevokeOpen, key, partner);
  const Invitation made = co_await tx.one(kInsertInvitation, tx.new_id<InvitationId>(), partner, email, key,
                                          role, locale, db::Bytes{token.hash()}, tx.now() + kLife);
  mail::send(tx, invitation_mail(email, locale, inviter, mail::public_link("/invitation/" + token.str())));
  co_return made;
}

Task<Invited> invited_by(db::Pool& pool, InvitationToken token) {
  const Offer offer = co_await offer_of(pool, token);
  co_return Invited{offer.invitation.email, offer.invitation.locale};
}

Task<> join(db::Pool& pool, InvitationToken token, Credentials who) {
  const OpenInvitation invitation = (co_await offer_of(pool, token)).invitation;
  co_await db::run_tx(pool, inviting(token, who.id), db::Role::write, [&](db::Tx& tx) -> Task<> {
    if (!co_await tx.maybe(kAccept, invitation.id)) throw Problem(kNotFound);
    const auto made = co_await insert_membership(tx, {.user_id = who.id,
                                                      .partner_id = invitation.partner_id,
                                                      .role = invitation.role,
                                                      .email = who.email,
                                                      .name = who.name,
                                                      .reason = {},
                                                      .expires_at = {}});
    if (!made) throw Problem(kMemberAlready);
    record_audit(tx, "accept_invitation", made->uuid(), JsonObject{});
  });
}

std::string InvitationToken::hash() const { return crypto::sha256(value_); }

void declare_invitations(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("members");
  routes.map_constraint("invitations_partner_fk", kNotFound);
  routes.post("/api/invitations", create_invitation)
      .says("Invite somebody to the staff: a link goes to the address")
      .explains("An earlier open invitation of the same address is revoked.")
      .allow(Access::staff)
      .needs(Permission::members_manage)
      .sensitive()
      .as(db::Role::write)
      .refuses({&kMemberAlready});
  routes.get("/api/invitations", list_invitations)
      .says("List invitations to the staff, the latest first")
      .allow(Access::staff)
      .needs(Permission::members_read)
      .as(db::Role::read);
  routes.del("/api/invitations/{invitation_id}", delete_invitation)
      .says("Revoke an open invitation")
      .allow(Access::staff)
      .needs(Permission::members_manage)
      .as(db::Role::write)
      .refuses({&kState});
  routes.post("/api/partners/{partner_id}/invitations", create_partner_invitation)
      .says("Invite somebody to a partner's team")
      .allow(Access::partner)
      .needs(Permission::members_manage)
      .sensitive()
      .as(db::Role::write)
      .refuses({&kMemberAlready});
  routes.get("/api/partners/{partner_id}/invitations", list_partner_invitations)
      .says("List invitations to a partner's team")
      .allow(Access::partner)
      .needs(Permission::members_read)
      .as(db::Role::read);
  routes.del("/api/partners/{partner_id}/invitations/{team_invitation_id}", delete_partner_invitation)
      .says("Revoke an open invitation to a partner's team")
      .allow(Access::partner)
      .needs(Permission::members_manage)
      .as(db::Role::write)
      .refuses({&kState});
  routes.get("/api/invitations/{token}/offer", get_offer)
      .says("Say what an invitation's link is for")
      .allow(Access::open);
  routes.post("/api/invitations/{token}/acceptance", accept)
      .says("Accept an invitation and sign in")
      .explains(
          "An existing user gives the own password (and code), a new one a name and the password to be.")
      .allow(Access::open)
      .refuses({&kHttpsRequired, &kSecondFactor, &kMemberAlready, &kConflict});
}

}  // namespace tandem::identity
