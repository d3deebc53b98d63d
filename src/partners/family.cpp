#include "partners/family.hpp"

#include "events/event.hpp"
#include "identity/api.hpp"
#include "partners/api.hpp"

namespace tandem::partners {

namespace {

inline constexpr ProblemKind kCircleOfPartners{
    409, "circle_of_partners", "A partner is not above itself, and there are ten levels at most"};

struct PutParent {
  std::optional<PartnerId> parent_id;  // null: nobody brought it
};
BOOST_DESCRIBE_STRUCT(PutParent, (), (parent_id))
struct PartnerParent {
  PartnerId partner_id;
  std::optional<PartnerId> parent_id;
};
BOOST_DESCRIBE_STRUCT(PartnerParent, (), (partner_id, parent_id))

const db::Query<PartnerParent(PartnerId)> kParent{"partners.parent", R"sql(
  select p.id as partner_id, p.parent_id
  from app.partners p
  where p.organization_id = $1 and p.id = $2
)sql"};
const db::Query<PartnerParent(PartnerId, std::optional<PartnerId>)> kPutParent{"partners.put_parent", R"sql(
  update app.partners as p set parent_id = $3
  where p.organization_id = $1 and p.id = $2
  returning p.id as partner_id, p.parent_id
)sql"};

// sql: organization: the rows of `up` are of one organization
const db::Query<Ancestor(std::vector<PartnerId>)> kAncestors{"partners.ancestors", R"sql(
  with recursive up as (
    select p.id as partner_id, p.parent_id as ancestor_id, 1 as level
    from app.partners p
    where p.organization_id = $1 and p.id = any($2) and p.parent_id is not null
    union all
    select u.partner_id, p.parent_id as ancestor_id, u.level + 1 as level
    from up u
    join app.partners p on p.organization_id = $1 and p.id = u.ancestor_id
    where p.parent_id is not null and u.level < 10)
  select partner_id, ancestor_id, level from up order by partner_id, level
)sql"};

Task<PartnerParent> get_parent(db::Tx& tx, PartnerId partner_id) {
  auto row = co_await tx.maybe(kParent, partner_id);
  if (!row) throw Problem(kNotFound);
  co_return *std::move(row);
}

Task<PartnerParent> put_parent(db::Tx& tx, PartnerId partner_id, PutParent request) {
  if (request.parent_id && !co_await state_of(tx, *request.parent_id))
    throw invalid_field("/parent_id", "out_of_range", "a partner of this organization");
  auto row = co_await identity::change(tx, db::call(kParent, partner_id),
                                       db::call(kPutParent, partner_id, request.parent_id));
  if (!row) throw Problem(kNotFound);
  co_return *std::move(row);
}

struct SponsorRow {
  PartnerId id;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(SponsorRow, (), (id, name))
const db::Query<SponsorRow(Slug)> kSponsor{"partners.sponsor", R"sql(
  select p.id, p.name from app.partners p where p.organization_id = $1 and p.slug = $2 and p.status = 'active'
)sql"};

}  // namespace

Task<> bring_in(db::Tx& tx, PartnerId child, Slug sponsor) {
  constexpr std::size_t kLevelsMax = 10;
  const auto found = co_await tx.maybe(kSponsor, sponsor);
  if (!found || (co_await ancestors_of(tx, {found->id})).size() + 1 >= kLevelsMax) co_return;
  co_await tx.exec(kPutParent, child, found->id);
}

Task<std::optional<std::string>> sponsor_name(db::Tx& tx, Slug sponsor) {
  auto found = co_await tx.maybe(kSponsor, sponsor);
  if (!found) co_return std::nullopt;
  co_return std::move(found->name);
}

Task<std::vector<Ancestor>> ancestors_of(db::Tx& tx, std::vector<PartnerId> partner_ids) {
  co_return co_await tx.all(kAncestors, partner_ids);
}

void declare_family(http::Routes& routes) {
  routes.map_constraint("partners_parent_circle", kCircleOfPartners);
  routes.tag("partners");
  routes.put("/api/partners/{partner_id}/parent", put_parent)
      .says("Say who brought a partner")
      .explains(
          "Override terms of the partners above earn on top of what this one earns from then on; what was earned before "
          "stays as it was.")
      .allow(http::Access::staff)
      .needs(http::Permission::partners_manage)
      .as(db::Role::write)
      .refuses({&kCircleOfPartners});
  routes.get("/api/partners/{partner_id}/parent", get_parent)
      .says("Get who brought a partner")
      .allow(http::Access::staff)
      .needs(http::Permission::partners_read)
      .as(db::Role::read);
}

}  // namespace tandem::partners
