#include "identity/roles.hpp"

#include <gtest/gtest.h>

namespace tandem::identity {
namespace {

using http::Permission;
using http::Permissions;

Permissions of(Side side, MemberRole role) { return permissions_of(side, role).value_or(Permissions{}); }

TEST(Roles, EachSideHasItsOwn) {
  EXPECT_FALSE(permissions_of(Side::organization, MemberRole::manager));
  for (const auto role : {MemberRole::admin, MemberRole::finance, MemberRole::support})
    EXPECT_FALSE(permissions_of(Side::partner, role)) << json::enum_name(role);
  EXPECT_EQ(permissions_of_all(Side::organization), Permissions::all());
  for (const auto role : {MemberRole::owner, MemberRole::manager, MemberRole::viewer}) {
    const auto mine = of(Side::partner, role);
    EXPECT_TRUE(permissions_of_all(Side::partner).covers(mine));
    for (const auto staff_only :
         {Permission::deals_manage, Permission::settings_manage, Permission::audit_read,
          Permission::conversions_manage, Permission::integrations_read})
      EXPECT_FALSE(mine.has(staff_only)) << json::enum_name(role) << ' ' << json::enum_name(staff_only);
  }
}

TEST(Roles, AViewerOnlyReads) {
  for (const auto side : {Side::organization, Side::partner})
    for (const auto one : of(side, MemberRole::viewer).list())
      EXPECT_TRUE(json::enum_name(one).ends_with(".read")) << json::enum_name(one);
  EXPECT_FALSE(of(Side::organization, MemberRole::viewer).has(Permission::audit_read));
}

TEST(Roles, MoneyAndPeopleAreApart) {
  const auto finance = of(Side::organization, MemberRole::finance),
             support = of(Side::organization, MemberRole::support);
  EXPECT_TRUE(finance.has(Permission::conversions_manage));
  EXPECT_FALSE(support.has(Permission::conversions_manage));
  EXPECT_TRUE(support.has(Permission::partners_manage));
  EXPECT_FALSE(finance.has(Permission::partners_manage));
  for (const auto& role : {finance, support})
    for (const auto one : {Permission::keys_manage, Permission::members_manage, Permission::settings_manage})
      EXPECT_FALSE(role.has(one)) << json::enum_name(one);
}

TEST(Roles, PermissionsHaveDottedWords) {
  EXPECT_EQ(json::enum_name(Permission::partners_read), "partners.read");
  EXPECT_EQ(json::enum_from<Permission>("audit.read"), Permission::audit_read);
  EXPECT_EQ(json::enum_from<Permission>("audit_read"), std::nullopt);
  EXPECT_EQ(Permissions::all().list().front(), Permission::partners_read);
}

}  // namespace
}  // namespace tandem::identity
