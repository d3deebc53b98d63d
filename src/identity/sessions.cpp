#include "identity/sessions.hpp"

#include <boost/asio/ip/address.hpp>

#include "base/encoding.hpp"
#include "base/timed_cache.hpp"
#include "crypto/hmac.hpp"
#include "crypto/token.hpp"
#include "http/problems.hpp"
#include "identity/memberships.hpp"

namespace tandem::identity {

namespace {

using namespace std::chrono_literals;

constexpr auto kKeep = 500ms;
constexpr std::size_t kCacheMax = 10'000;
constexpr auto kSeenEvery = 60s;
constexpr std::size_t kUserAgentMax = 300;
constexpr std::string_view kSecureCookie = "__Host-sid", kLocalCookie = "sid";

const db::Query<LoginSession(LoginSessionId, UserId, db::Bytes, std::int32_t, Timestamp, Timestamp, Timestamp,
                             std::string, std::string, bool)>
    kInsertSession{"identity.insert_login_session", R"sql(
  insert into app.login_sessions (organization_id, id, user_id, token_hash, idle_seconds, expires_at, seen_at,
    confirmed_at, client_ip, user_agent, is_strong)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  returning id, user_id, idle_seconds, expires_at, seen_at, confirmed_at, is_strong
)sql"};

const db::Query<LoginSession(db::Bytes)> kSession{"identity.login_session", R"sql(
  select s.id, s.user_id, s.idle_seconds, s.expires_at, s.seen_at, s.confirmed_at, s.is_strong
  from app.login_sessions s
  join app.users u on u.organization_id = s.organization_id and u.id = s.user_id
  where s.organization_id = $1 and s.token_hash = $2 and s.ended_at is null and u.state = 'active'
)sql"};

const db::Query<db::Nothing(LoginSessionId, Timestamp, Timestamp)> kSeeSession{"identity.see_login_session",
                                                                               R"sql(
  update app.login_sessions set seen_at = $3
  where organization_id = $1 and id = $2 and ended_at is null and seen_at < $4
)sql"};

const db::Query<LoginSession(LoginSessionId, db::Bytes, Timestamp)> kRenewSession{
    "identity.renew_login_session",
    R"sql(
  update app.login_sessions as s set token_hash = $3, confirmed_at = $4, seen_at = $4
  where s.organization_id = $1 and s.id = $2 and s.ended_at is null
  returning s.id, s.user_id, s.idle_seconds, s.expires_at, s.seen_at, s.confirmed_at, s.is_strong
)sql"};

const db::Query<db::Nothing(LoginSessionId, bool)> kSetStrength{"identity.set_login_session_strength", R"sql(
  update app.login_sessions set is_strong = $3 where organization_id = $1 and id = $2 and ended_at is null
)sql"};

const db::Query<db::Nothing(UserId, LoginSessionId, Timestamp)> kEndSession{"identity.end_login_session",
                                                                            R"sql(
  update app.login_sessions set ended_at = $4
  where organization_id = $1 and user_id = $2 and id = $3 and ended_at is null
)sql"};

const db::Query<db::Nothing(UserId, std::optional<LoginSessionId>, Timestamp)> kEndSessions{
    "identity.end_login_sessions", R"sql(
  update app.login_sessions set ended_at = $4
  where organization_id = $1 and user_id = $2 and ended_at is null and ($3::uuid is null or id <> $3)
)sql"};

struct SessionView {
  LoginSessionId id;
  bool is_this_one = false;
  std::string client_ip, user_agent;
  Timestamp created_at, seen_at, expires_at;
};
BOOST_DESCRIBE_STRUCT(SessionView, (),
                      (id, is_this_one, client_ip, user_agent, created_at, seen_at, expires_at))
struct ListSessions {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
};
BOOST_DESCRIBE_STRUCT(ListSessions, (), (cursor, limit))
const db::ListQuery<SessionView(UserId, LoginSessionId, Timestamp)> kListSessions{
    "identity.list_login_sessions",
    R"sql(
  select s.id, s.id = $3 as is_this_one, s.client_ip, s.user_agent, s.created_at, s.seen_at, s.expires_at
  from app.login_sessions s
  where s.organization_id = $1 and s.user_id = $2 and s.ended_at is null and s.expires_at > $4
    and s.seen_at + make_interval(secs => s.idle_seconds) > $4
)sql",
    "s.id",
    {{"created_at", "s.created_at", "timestamptz"}}};

bool is_over(const LoginSession& session, Timestamp now) {
  return session.expires_at <= now || session.seen_at + std::chrono::seconds{session.idle_seconds} <= now;
}

TimedCache<LoginSession>& known_sessions() {
  thread_local TimedCache<LoginSession> cache{kCacheMax};
  return cache;
}
TimedCache<std::vector<KnownMembership>>& known_memberships() {
  thread_local TimedCache<std::vector<KnownMembership>> cache{kCacheMax};
  return cache;
}

/// The host of a request without its port, "[::1]" without brackets.
std::string_view host_of(const http::Request& request) {
  std::string_view host = request.header("host").value_or("localhost");
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.rfind(':'));
}

bool is_this_machine(const http::Request& request) {
  boost::system::error_code error;
  const auto client = boost::asio::ip::make_address(request.client_ip, error);
  if (error || !client.is_loopback()) return false;
  const auto host = host_of(request);
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  const auto address = boost::asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

std::string cookie(const http::Request& request, std::string_view value, std::string_view rest) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax{}{}",
                     request.is_secure ? kSecureCookie : kLocalCookie, value,
                     request.is_secure ? "; Secure" : "", rest);
}

void check_csrf(const http::Request& request, const std::string& token) {
  if (!http::changes_state(request.method)) return;
  require_same_origin(request);
  const auto given = request.header("x-csrf-token").value_or("");
  if (!crypto::equal_in_constant_time(given, csrf_token(token))) throw Problem(http::kCsrf);
}

Task<> note_seen(db::Pool& pool, LoginSession& session, Timestamp now) {
  if (now - session.seen_at < kSeenEvery) co_return;
  session.seen_at = now;
  co_await on_platform(pool, db::Role::write, [&](db::Tx& tx) -> Task<> {
    co_await tx.exec(kSeeSession, session.id, now, now - kSeenEvery);
  });
}

/// The membership that X-Membership names, or the only one.
Task<KnownMembership> choose_membership(db::Pool& pool, UserId user, const http::Request& request) {
  std::optional<MembershipId> only;
  if (const auto header = request.header("x-membership")) {
    only = MembershipId::parse(*header);
    if (!only) throw invalid_field("header:X-Membership", "malformed", "the id of a membership");
  }
  const std::string key = user.str() + (only ? only->str() : "");
  const auto* known = known_memberships().find(key);
  std::vector<KnownMembership> found;
  if (known != nullptr) {
    found = *known;
  } else {
    found = co_await memberships_of(pool, user, only);
    known_memberships().put(key, found, kKeep);
  }
  if (found.empty()) throw Problem(kForbidden);
  if (found.size() > 1) throw Problem(http::kMembershipRequired);
  co_return found.front();
}

Task<Page<SessionView>> list_sessions(db::Tx& tx, http::Principal principal, ListSessions query) {
  const UserId user{principal.scope.actor_id.uuid()};
  co_return co_await tx.page(kListSessions, "-created_at", query.cursor, query.limit.value_or(PageLimit{}),
                             user, LoginSessionId{principal.session_id.value()}, tx.now());
}

Task<http::NoContent> delete_session(db::Tx& tx, http::Principal principal, LoginSessionId id) {
  if (co_await tx.exec(kEndSession, UserId{principal.scope.actor_id.uuid()}, id, tx.now()) == 0)
    throw Problem(kNotFound);
  co_return http::NoContent{};
}

Task<http::NoContent> delete_other_sessions(db::Tx& tx, http::Principal principal) {
  co_await end_sessions(tx, UserId{principal.scope.actor_id.uuid()},
                        LoginSessionId{principal.session_id.value()});
  co_return http::NoContent{};
}

}  // namespace

Task<OpenedSession> open_session(db::Tx& tx, UserId user, SessionLimits limits, SignInProof proof,
                                 const http::Request& request) {
  const auto made = crypto::new_token();
  std::string agent(head_of(request.header("user-agent").value_or(""), kUserAgentMax));
  if (!is_clean_text(agent)) agent.clear();
  const auto session = co_await tx.one(
      kInsertSession, tx.new_id<LoginSessionId>(), user, db::Bytes{made.hash},
      static_cast<std::int32_t>(limits.idle.count()), tx.now() + limits.whole, tx.now(),
      std::min(proof.proved_at.value_or(Timestamp{}), tx.now()), request.client_ip, agent, proof.is_strong);
  co_return OpenedSession{session, made.secret};
}

Task<OpenedSession> renew_session(db::Tx& tx, LoginSessionId id) {
  const auto made = crypto::new_token();
  const auto session = co_await tx.maybe(kRenewSession, id, db::Bytes{made.hash}, tx.now());
  if (!session) throw Problem(kUnauthenticated);
  co_return OpenedSession{*session, made.secret};
}

void set_strength(db::Tx& tx, LoginSessionId id, bool is_strong) { tx.later(kSetStrength, id, is_strong); }

Task<> end_session(db::Tx& tx, UserId user, LoginSessionId id) {
  co_await tx.exec(kEndSession, user, id, tx.now());
}

Task<> end_sessions(db::Tx& tx, UserId user, std::optional<LoginSessionId> except) {
  co_await tx.exec(kEndSessions, user, except, tx.now());
}

std::string session_cookie(const http::Request& request, const std::string& token) {
  return cookie(request, token, "");
}

std::string ended_session_cookie(const http::Request& request) { return cookie(request, "", "; Max-Age=0"); }

std::optional<std::string> presented_session(const http::Request& request) {
  const auto value = request.cookie(request.is_secure ? kSecureCookie : kLocalCookie);
  if (!value || !crypto::is_token(*value)) return std::nullopt;
  return std::string(*value);
}

void require_private_connection(const http::Request& request) {
  if (request.is_secure || is_this_machine(request)) return;
  throw Problem(
      kHttpsRequired,
      "Set tls_certificate and tls_key, or list your reverse proxy in `proxies` so that it is believed.");
}

std::string csrf_token(std::string_view session_token) {
  return to_base64url(crypto::hmac_sha256(session_token, "csrf"));
}

void require_same_origin(const http::Request& request) {
  if (const auto site = request.header("sec-fetch-site")) {
    if (*site != "same-origin") throw Problem(http::kCsrf);
    return;
  }
  const auto origin = request.header("origin");
  if (!origin) return;  // no browser: those that send cookies across sites send one of the two
  const std::string own =
      fmt::format("{}://{}", request.is_secure ? "https" : "http", request.header("host").value_or(""));
  if (*origin != own) throw Problem(http::kCsrf);
}

Task<std::optional<LoginSession>> find_session(db::Pool& pool, const std::string& token) {
  const std::string hash = crypto::sha256(token);
  std::optional<LoginSession> found;
  if (const auto* known = known_sessions().find(hash)) {
    found = *known;
  } else {
    found = co_await on_platform(pool, db::Role::read,
                                 [&](db::Tx& tx) { return tx.maybe(kSession, db::Bytes{hash}); });
    const Timestamp now = Clock::now();
    if (!found || is_over(*found, now)) co_return std::nullopt;
    co_await note_seen(pool, *found, now);
    known_sessions().put(hash, *found, kKeep);
  }
  if (found && is_over(*found, Clock::now())) found.reset();
  co_return found;
}

Task<http::Principal> authenticate_session(db::Pool& pool, const http::Request& request,
                                           const http::Route& route, const std::string& token) {
  const auto session = co_await find_session(pool, token);
  if (!session) throw Problem(kUnauthenticated);
  check_csrf(request, token);
  if (route.is_sensitive && session->confirmed_at + kConfirmedFor <= Clock::now())
    throw Problem(http::kReauth);
  http::Principal out;
  out.kind = http::Principal::Kind::user;
  out.session_id = session->id.uuid();
  out.key_prefix = to_hex(crypto::sha256(token)).substr(0, 8);
  out.scope = platform_scope(session->user_id);
  if (route.access == http::Access::user) co_return out;
  const auto membership = co_await choose_membership(pool, session->user_id, request);
  if (membership.is_suspended && http::changes_state(request.method))
    throw Problem(http::kOrganizationSuspended);
  if (membership.shown.requires_second_factor && !session->is_strong)
    throw Problem(http::kSecondFactorRequired);
  out.membership_id = membership.shown.id.uuid();
  out.permissions = http::Permissions::of(membership.shown.permissions);
  out.scope = membership.scope(session->user_id);
  co_return out;
}

void declare_sessions(http::Routes& routes) {
  routes.tag("sessions");
  routes.get("/api/sessions", list_sessions)
      .says("List the user's own live sessions, the latest first")
      .allow(http::Access::user)
      .as(db::Role::read);
  routes.del("/api/sessions/{session_id}", delete_session)
      .says("End one of the user's own sessions: it is refused within a second")
      .allow(http::Access::user)
      .as(db::Role::write);
  routes.del("/api/sessions", delete_other_sessions)
      .says("End all of the user's own sessions but this one")
      .allow(http::Access::user)
      .as(db::Role::write);
}

}  // namespace tandem::identity
