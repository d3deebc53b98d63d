#include "support/fixture.hpp"

namespace tandem::test {

namespace {

const db::Query<db::Nothing(std::string, std::string)> kOrganization{"test.organization", R"sql(
    insert into app.organizations (organization_id, slug, name) values ($1, $2, $3))sql"};

}  // namespace

Fixture::Fixture()
    : database(TestDatabase::instance()),
      pool(io.get_executor(), database.pool_options()),
      organization_id(new_uuid()),
      slug("t" + organization_id.str().substr(24)) {
  staff = {organization_id, db::ActorKind::staff, ActorId{new_uuid()}, std::nullopt};
  system = {organization_id, db::ActorKind::system, ActorId{}, std::nullopt};
  tx(system, db::Role::write, [this](db::Tx& tx) -> Task<> {
    co_await tx.exec(kOrganization, slug, std::string("Test organization ") + slug);
  });
}

db::Scope Fixture::partner(PartnerId id) const {
  return {organization_id, db::ActorKind::partner, ActorId{new_uuid()}, id};
}

}  // namespace tandem::test
