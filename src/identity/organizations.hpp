// Organizations: the tenants. A request sees and changes its own only; making, suspending and ending one is
// for the command line and the platform's operators.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "identity/api.hpp"
#include "identity/language.hpp"

namespace tandem::identity {

struct OrganizationIdentity {
  OrganizationId id;
  Slug slug;
  std::string name;
  OrganizationStatus status{};
  Plan plan{};
  TimeZone time_zone;
  Currency currency;
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(OrganizationIdentity, (),
                      (id, slug, name, status, plan, time_zone, currency, created_at, updated_at))

/// What an organization may set; what it has not set is as here. Kept as one JSON object.
struct OrganizationSettings {
  Language locale = Language::en;    // of people who have chosen none
  std::vector<Currency> currencies;  // that partners are paid in besides the organization's own; at most 20
  std::int32_t default_hold_days = 30;      // of terms that name none, 0 to 365
  std::int32_t default_window_days = 90;    // of terms that name none, 0 to 3650
  std::int32_t new_partner_days = 90;       // how long a partner is new, 0 to 365
  std::int32_t new_partner_hold_days = 60;  // the least hold of a new partner's earnings, 0 to 365
  std::int32_t claim_days = 30;             // until a partner's claim is decided, 1 to 365
  bool approves_partners = false;           // new partners are active at once
  std::int32_t payout_day = 5;              // of the month, 1 to 28
  std::int32_t payout_cutoff_day = 1;       // 1 to 28: what is due before it, in the month of the payout day
  std::vector<Money> payout_minimums;       // per currency; what is less waits for the next month
  std::vector<Money> payout_approval_limits;  // per currency; a run above it is approved by two people
  bool payouts_need_payee_form = false;       // partners without an approved one are not paid
  std::optional<std::string> brand_accent;    // "#2f52d9"
  bool require_second_factor = false;         // staff who signed in by one factor can only set up another
  bool clicks_need_landing = true;            // where a site tells of landings, a click without one is none
  std::vector<Text<1, 253>> coupon_sites;     // hosts that publish coupons, lower case; at most 200
};
BOOST_DESCRIBE_STRUCT(OrganizationSettings, (),
                      (locale, currencies, default_hold_days, default_window_days, new_partner_days,
                       new_partner_hold_days, claim_days, approves_partners, payout_day, payout_cutoff_day,
                       payout_minimums, payout_approval_limits, payouts_need_payee_form, brand_accent,
                       require_second_factor, clicks_need_landing, coupon_sites))

struct Organization : OrganizationIdentity, OrganizationSettings {};
BOOST_DESCRIBE_STRUCT(Organization, (OrganizationIdentity, OrganizationSettings), ())

struct ListOrganizations {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<OrganizationStatus> status;
};
BOOST_DESCRIBE_STRUCT(ListOrganizations, (), (cursor, limit, sort, status))

/// The settings as they are stored and as a request names them: what is absent stays as it is, null goes back
/// to what it is when nothing is set.
struct UpdateSettings {
  Patch<Language> locale;
  Patch<std::vector<Currency>> currencies;
  Patch<std::int32_t> default_hold_days, default_window_days, new_partner_days, new_partner_hold_days,
      claim_days;
  Patch<bool> approves_partners;
  Patch<std::int32_t> payout_day, payout_cutoff_day;
  Patch<std::vector<Money>> payout_minimums, payout_approval_limits;
  Patch<bool> payouts_need_payee_form;
  Patch<Text<7, 7>> brand_accent;
  Patch<bool> require_second_factor, clicks_need_landing;
  Patch<std::vector<Text<1, 253>>> coupon_sites;
};
BOOST_DESCRIBE_STRUCT(UpdateSettings, (),
                      (locale, currencies, default_hold_days, default_window_days, new_partner_days,
                       new_partner_hold_days, claim_days, approves_partners, payout_day, payout_cutoff_day,
                       payout_minimums, payout_approval_limits, payouts_need_payee_form, brand_accent,
                       require_second_factor, clicks_need_landing, coupon_sites))

struct UpdateOrganization : UpdateSettings {
  std::optional<Text<1, 120>> name;
  std::optional<TimeZone> time_zone;
  std::optional<Currency> currency;
};
BOOST_DESCRIBE_STRUCT(UpdateOrganization, (UpdateSettings), (name, time_zone, currency))

/// A row's columns, with the settings as they are stored.
struct OrganizationRow : OrganizationIdentity {
  JsonObject settings;
};
BOOST_DESCRIBE_STRUCT(OrganizationRow, (OrganizationIdentity), (settings))

/// What an organization's stored settings come to, with the defaults for the rest.
OrganizationSettings settings_of(const JsonObject& stored);

/// What an organization begins with when an operator of the platform makes it: its first owner is invited.
struct Beginning {
  UserId by;
  Plan plan{};
  Language locale = Language::en;  // of the organization and of the invitation
  Email owner_email;
};
/// The same as create_organization of api.hpp, by an operator.
Task<OrganizationId> create_organization(db::Pool& pool, NewOrganization organization, Beginning beginning);

void declare_organizations(http::Routes& routes);

}  // namespace tandem::identity
