// Organizations: the tenants. A request sees and changes its own only; making one is for the command line.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "identity/api.hpp"

namespace tandem::identity {

enum class OrganizationStatus : int { active, suspended, cancelled };
BOOST_DESCRIBE_ENUM(OrganizationStatus, active, suspended, cancelled)

struct Organization {
  OrganizationId id;
  Slug slug;
  std::string name;
  OrganizationStatus status{};
  TimeZone time_zone;
  Currency currency;
  std::int32_t default_hold_days = 0;
  std::int32_t default_window_days = 0;
  bool approves_partners = false;
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(Organization, (),
                      (id, slug, name, status, time_zone, currency, default_hold_days, default_window_days,
                       approves_partners, created_at, updated_at))

struct ListOrganizations {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<OrganizationStatus> status;
};
BOOST_DESCRIBE_STRUCT(ListOrganizations, (), (cursor, limit, sort, status))

/// What is absent stays as it is.
struct UpdateOrganization {
  std::optional<Text<1, 120>> name;
  std::optional<TimeZone> time_zone;
  std::optional<Currency> currency;
  std::optional<std::int32_t> default_hold_days;    // 0 to 365
  std::optional<std::int32_t> default_window_days;  // 0 to 3650
  std::optional<bool> approves_partners;
};
BOOST_DESCRIBE_STRUCT(UpdateOrganization, (),
                      (name, time_zone, currency, default_hold_days, default_window_days, approves_partners))

void declare_organizations(http::Routes& routes);

}  // namespace tandem::identity
