// What other modules may ask of identity: public codes, organizations and their settings, keys, audit
// entries, and the hooks that app/wiring gives to http/dispatch.
#pragma once
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/money.hpp"
#include "base/problem.hpp"
#include "base/secret.hpp"
#include "base/task.hpp"
#include "base/text.hpp"
#include "db/pool.hpp"
#include "db/tx.hpp"
#include "http/dispatch.hpp"
#include "identity/ids.hpp"
#include "identity/roles.hpp"
#include "jobs/schedule.hpp"

namespace tandem::identity {

// ------------------------------------------------------------------ public codes

/// What a code that is unique over all organizations names. In the registry it stands as "link:summer".
enum class CodeKind : int { link, organization, api_key, site_key, inbound };
BOOST_DESCRIBE_ENUM(CodeKind, link, organization, api_key, site_key, inbound)

struct CodeTarget {
  OrganizationId organization_id;
  Uuid target_id;
};

/// Registers a normalised code for a thing of the transaction's organization. False when somebody has it
/// already.
Task<bool> claim_code(db::Tx& tx, CodeKind kind, std::string code, Uuid target);
/// Finds the organization and thing behind a code, before any organization is known. Asks the service role at
/// most every few seconds a code and thread (unknown codes are remembered for a quarter of a second).
Task<std::optional<CodeTarget>> resolve_code(db::Pool& pool, CodeKind kind, std::string code);
/// The same without memory, on a connection of the service role.
Task<std::optional<CodeTarget>> find_code(db::Connection& service, CodeKind kind, std::string code);

// ------------------------------------------------------------------ organizations

inline constexpr ProblemKind kSlugTaken{409, "slug_taken", "This slug is in use"};

struct NewOrganization {
  Slug slug;
  Text<1, 120> name;
  TimeZone time_zone = TimeZone::parse("UTC").value();
  Currency currency;
};
/// Makes an organization in a transaction of its own, as the system. Throws Problem kSlugTaken.
Task<OrganizationId> create_organization(db::Pool& pool, NewOrganization organization);
/// The organization of this slug.
Task<std::optional<OrganizationId>> find_organization(db::Pool& pool, Slug slug);

enum class OrganizationStatus : int { active, suspended, cancelled };
BOOST_DESCRIBE_ENUM(OrganizationStatus, active, suspended, cancelled)
enum class Plan : int { free, starter, professional, enterprise };
BOOST_DESCRIBE_ENUM(Plan, free, starter, professional, enterprise)
/// Suspends (read-only within a second or two), ends (as if it did not exist) or resumes the transaction's
/// organization, or moves it to another plan; the reason goes into its audit. False when there is none.
Task<bool> move_organization(db::Tx& tx, std::optional<OrganizationStatus> status, std::optional<Plan> plan,
                             std::string reason);

/// The organizations that are suspended or cancelled, whose jobs wait. For jobs::set_resting.
Task<std::vector<OrganizationId>> resting_organizations(db::Connection& service);

/// What an organization has set for all its partners.
struct OrganizationDefaults {
  TimeZone time_zone;
  Currency currency;
  std::int32_t default_hold_days = 30;      // of terms that name none
  std::int32_t default_window_days = 90;    // of terms that name none
  bool approves_partners = false;           // new partners are active at once
  std::int32_t new_partner_days = 90;       // how long a partner is new
  std::int32_t new_partner_hold_days = 60;  // the least hold of a new partner's earnings
};
BOOST_DESCRIBE_STRUCT(OrganizationDefaults, (),
                      (time_zone, currency, default_hold_days, default_window_days, approves_partners,
                       new_partner_days, new_partner_hold_days))
Task<OrganizationDefaults> organization_defaults(db::Tx& tx);
/// What an organization has set about paying its partners. A currency without an entry has no minimum, and
/// one approval suffices.
struct PayoutSettings {
  std::string organization;  // its name
  TimeZone time_zone;
  std::int32_t payout_day = 5, payout_cutoff_day = 1;
  std::vector<Money> minimums, approval_limits;
  bool need_payee_form = false;
};
Task<PayoutSettings> payout_settings(db::Tx& tx);

/// The active organizations and their zones, for schedules.
Task<std::vector<jobs::Calendar>> calendars(db::Pool& pool);

// ------------------------------------------------------------------ keys

/// Makes an API key of the organization's staff, or of one partner; gives the secret, which is stored
/// nowhere.
Task<std::string> issue_api_key(db::Tx& tx, Text<1, 120> name, std::optional<PartnerId> partner_id);
/// Makes a site key for these origins ("https://shop.example", or "*"); gives the public key.
Task<std::string> issue_site_key(db::Tx& tx, Text<1, 120> name, std::vector<std::string> allowed_origins);
/// Revokes every key of a partner and ends its team's memberships (it was archived).
Task<> revoke_keys_of(db::Tx& tx, PartnerId partner_id);

/// The hook of http::Hooks: who calls, by "Authorization: Bearer …", a session's cookie or "X-Site-Key". A
/// revoked key or an ended session is refused within a second. Throws kUnauthenticated,
/// kOrganizationSuspended, kOriginNotAllowed, kCsrf, kReauth, kMembershipRequired.
Task<http::Principal> authenticate(db::Pool& pool, const http::Request& request, const http::Route& route);

// ------------------------------------------------------------------ users

struct PartnerName {
  PartnerId id;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(PartnerName, (), (id, name))
/// Partners belong to a higher module: app wires in who knows their names. Before anything is served.
using PartnerNames = Task<std::vector<PartnerName>> (*)(db::Tx&, std::vector<PartnerId>);
void set_partner_names(PartnerNames names);

struct NewLogin {
  Email email;
  Text<1, 120> name;
  MemberRole role{};
  std::optional<PartnerId> partner_id;  // of that partner's team instead of the organization's staff
  bool is_demo = false;                 // its password is written down; set anew when the user exists
};
enum class LoginMade { user, membership, nothing };
/// Makes a user with this password, who is taken to read its address, and its membership; for an existing
/// user the membership alone. Throws Problem kInvalid for a role that this side does not have. Blocks while
/// it hashes.
Task<LoginMade> make_login(db::Pool& pool, OrganizationId organization, NewLogin login, Secret password);

/// The user is whom the provider of a single sign-on calls `subject`. In a transaction of the platform. False
/// when the subject is a user's already, or the user another subject's.
Task<bool> link_identity(db::Tx& tx, UserId user, std::string issuer, std::string subject);

/// The OpenID provider of the installation; nullopt: none. Before anything is served.
struct SingleSignOnSettings {
  std::string issuer;  // exactly as the provider names itself
  std::string client_id;
  Secret client_secret;              // empty: a public client
  std::string label;                 // on the button
  std::vector<std::string> domains;  // of e-mail addresses, in lower case; empty: any
};
void set_single_sign_on(std::optional<SingleSignOnSettings> settings);
/// Reads the provider's description and keys; says where it sends people. Throws Problem when it is away.
Task<std::string> look_at_single_sign_on();

// ------------------------------------------------------------------ audit

/// The hook of http::Hooks: one entry for a request that changed something.
void audit(db::Tx& tx, const http::Route& route, const http::Request& request, std::optional<Uuid> subject);
/// Says in the request's audit entry what changed: each member of the two that differs, as {"state":
/// ["active", "archived"]}. What members named in `personal` hold is not written, only that it changed; nor
/// are long values and the times of the row itself.
void note_change(db::Tx& tx, const json::Codec& codec, const void* before, const void* after,
                 std::span<const std::string_view> personal = {});
template <class T>
void note_change(db::Tx& tx, const T& before, const T& after,
                 std::initializer_list<std::string_view> personal = {}) {
  note_change(tx, json::codec<T>(), &before, &after, {personal.begin(), personal.size()});
}
/// Runs an update in one round trip with a look at the row before it, and notes the difference. Nothing when
/// the update touched no row.
template <class Row>
Task<std::optional<Row>> change(db::Tx& tx, db::Call<Row> look, db::Call<Row> update,
                                std::vector<std::string_view> personal = {}) {
  auto [before, after] = co_await tx.together(std::move(look), std::move(update));
  if (after.empty()) co_return std::nullopt;
  if (!before.empty()) note_change(tx, json::codec<Row>(), &before.front(), &after.front(), personal);
  co_return std::move(after.front());
}
/// One entry for what did not come by HTTP. `body`: ids and names of fields, nothing personal.
void record_audit(db::Tx& tx, const std::string& action, std::optional<Uuid> subject, const JsonObject& body);
/// Chains the entries that wait, in every organization; gives their number. Called every two seconds by the
/// server.
Task<std::int64_t> seal_all(db::Pool& pool);

/// A place where the chain of an organization's audit does not hold.
struct AuditProblem {
  std::string problem;  // content changed, link broken, gap, tail cut, anchor mismatch
  std::optional<std::int64_t> at_seq;
};
BOOST_DESCRIBE_STRUCT(AuditProblem, (), (problem, at_seq))
/// How far an organization's chain had come at some time, kept outside the database: whoever rewrites the
/// whole chain cannot rewrite this.
struct AuditAnchor {
  OrganizationId organization_id;
  std::int64_t seq = 0;
  std::string hash;  // 32 bytes in hex
};
BOOST_DESCRIBE_STRUCT(AuditAnchor, (), (organization_id, seq, hash))
/// The heads of all organizations that have a sealed entry.
Task<std::vector<AuditAnchor>> audit_anchors(db::Pool& pool);
/// Checks the whole chain of the transaction's organization, and that it holds what was anchored; empty is
/// the only good answer.
Task<std::vector<AuditProblem>> verify_audit(db::Tx& tx, std::optional<AuditAnchor> anchor = std::nullopt);

}  // namespace tandem::identity
