#include "identity/roles.hpp"

#include <algorithm>
#include <array>

namespace tandem::identity {

namespace {

using http::Permissions;
using enum http::Permission;

constexpr Permissions kAll = Permissions::all();
// What everybody on the staff may look at.
constexpr Permissions kStaffReads{partners_read, deals_read,       customers_read,    links_read,
                                  leads_read,    conversions_read, integrations_read, earnings_read,
                                  payouts_read,  members_read,     settings_read};
// What everybody in a partner may look at: its own rows.
constexpr Permissions kPartnerReads{partners_read, deals_read,      customers_read, links_read,
                                    leads_read,    earnings_read,   payouts_read,   members_read,
                                    settings_read, conversions_read};
constexpr Permissions kPartnerManages =
    kPartnerReads |
    Permissions{partners_manage, customers_manage, links_manage, leads_manage, members_manage, keys_manage};

// In the platform itself there are people and their log alone; a tenant is reached by a visit.
constexpr Permissions kOperates{members_read, members_manage, audit_read, settings_read};

struct RoleRow {
  Side side;
  MemberRole role;
  Permissions permissions;
};
constexpr std::array kRoles{
    RoleRow{Side::organization, MemberRole::owner, kAll},
    // What an admin may not do to owners is a rule of members.cpp.
    RoleRow{Side::organization, MemberRole::admin, kAll},
    RoleRow{Side::organization, MemberRole::finance,
            kStaffReads | Permissions{conversions_manage, earnings_manage, payouts_manage, payouts_approve,
                                      audit_read}},
    RoleRow{Side::organization, MemberRole::support,
            kStaffReads | Permissions{partners_manage, customers_manage, links_manage, leads_manage}},
    RoleRow{Side::organization, MemberRole::viewer, kStaffReads},
    // Visitors never make keys or members, which would outlast the visit, nor do they move money.
    RoleRow{Side::organization, MemberRole::observer, kStaffReads | Permissions{audit_read}},
    RoleRow{Side::organization, MemberRole::operator_,
            kAll.without({keys_manage, members_manage, payouts_manage, payouts_approve})},
    RoleRow{Side::partner, MemberRole::owner, kPartnerManages | Permissions{payouts_manage}},
    RoleRow{Side::partner, MemberRole::manager, kPartnerManages},
    RoleRow{Side::partner, MemberRole::viewer, kPartnerReads},
    RoleRow{Side::platform, MemberRole::owner, kOperates},
    RoleRow{Side::platform, MemberRole::admin, kOperates},
};

}  // namespace

std::optional<Permissions> permissions_of(Side side, MemberRole role) {
  const auto row =
      std::ranges::find_if(kRoles, [&](const RoleRow& r) { return r.side == side && r.role == role; });
  if (row == kRoles.end()) return std::nullopt;
  return row->permissions;
}

Permissions permissions_of_all(Side side) { return permissions_of(side, MemberRole::owner).value(); }

}  // namespace tandem::identity
