// Every role against every route of the program: what the role's table does not give is 403 before anything
// else is looked at, on the wrong side too; what it gives is not.
#include <gtest/gtest.h>

#include "app/wiring.hpp"
#include "identity/roles.hpp"
#include "support/test_app.hpp"

namespace tandem::http {
namespace {

using identity::MemberRole;
using identity::Side;

struct Who {
  Side side;
  MemberRole role;
};

std::vector<Who> everybody() {
  std::vector<Who> out;
  for (const auto side : {Side::organization, Side::partner, Side::platform})
    for (const auto role :
         {MemberRole::owner, MemberRole::admin, MemberRole::finance, MemberRole::support, MemberRole::manager,
          MemberRole::viewer, MemberRole::observer, MemberRole::operator_})
      if (identity::permissions_of(side, role)) out.push_back({side, role});
  return out;
}

struct Roles : testing::Test {
  test::Fixture f;
  test::TestApp app{f, app::declare_routes};

  static std::string path_of(const Route& route) {
    std::string out;
    for (std::size_t i = 0; i < route.pattern.size(); ++i) {
      if (route.pattern[i] == '{') {
        out += new_uuid().str();
        i = route.pattern.find('}', i);
      } else {
        out += route.pattern[i];
      }
    }
    return out;
  }
  /// The status of a call that is refused for its form when it is not refused for its caller: nothing
  /// happens.
  int status_of(const Route& route, const Who& who) {
    app.principal.kind = Principal::Kind::user;
    app.principal.permissions = *identity::permissions_of(who.side, who.role);
    app.principal.scope = f.staff;
    if (who.side == Side::partner) {
      app.principal.scope.actor_kind = db::ActorKind::partner;
      app.principal.scope.partner_id = PartnerId{new_uuid()};
    }
    return app
        .call(route.method, path_of(route), "{", {{"content-type", "text/xml"}, {"content-encoding", "gzip"}})
        .status;
  }
};

TEST_F(Roles, AreHeldToTheirTableOnEveryRoute) {
  int admitted = 0, refused = 0;
  for (const auto& who : everybody()) {
    const auto permissions = *identity::permissions_of(who.side, who.role);
    for (const Route& route : app.routes().all()) {
      if (*route.access == Access::open || *route.access == Access::user) continue;
      const bool is_side = who.side != Side::partner || *route.access == Access::partner;
      const bool may = is_side && permissions.has(*route.permission);
      const int status = status_of(route, who);
      EXPECT_EQ(status == 403, !may) << json::enum_name(who.role) << " " << method_name(route.method) << " "
                                     << route.pattern << ": " << status;
      EXPECT_LT(status, 500) << route.pattern;
      ++(may ? admitted : refused);
    }
  }
  EXPECT_GT(admitted, 100);
  EXPECT_GT(refused, 100);
}

TEST_F(Roles, AViewerChangesNothing) {
  for (const auto& [side, role] :
       {Who{Side::organization, MemberRole::viewer}, Who{Side::partner, MemberRole::viewer},
        Who{Side::platform, MemberRole::observer}}) {
    const auto permissions = identity::permissions_of(side, role);
    if (!permissions) continue;
    for (const Route& route : app.routes().all()) {
      if (*route.access == Access::open || *route.access == Access::user || !changes_state(route.method))
        continue;
      // How a list is looked at is kept for oneself; sharing it is refused (saved_views_test).
      if (route.pattern.starts_with("/api/saved-views")) continue;
      EXPECT_FALSE(permissions->has(*route.permission)) << method_name(route.method) << " " << route.pattern;
    }
  }
}

}  // namespace
}  // namespace tandem::http
