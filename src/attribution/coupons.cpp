#include "attribution/coupons.hpp"

#include "attribution/links.hpp"
#include "identity/api.hpp"
#include "partners/api.hpp"

namespace tandem::attribution {

namespace {

const db::Query<Coupon(CouponId, PartnerId, Code, std::string)> kInsertCoupon{"attribution.insert_coupon",
                                                                              R"sql(
  insert into app.coupons as c (organization_id, id, partner_id, code, code_normalised)
  values ($1, $2, $3, $4, $5)
  on conflict do nothing
  returning c.id, c.partner_id, c.code, c.state, c.created_at, c.updated_at
)sql"};

const db::Query<Coupon(CouponId)> kCoupon{"attribution.coupon", R"sql(
  select c.id, c.partner_id, c.code, c.state, c.created_at, c.updated_at
  from app.coupons c
  where c.organization_id = $1 and c.id = $2
)sql"};

const db::ListQuery<Coupon(std::optional<PartnerId>, std::optional<CouponState>, std::optional<std::string>)>
    kListCoupons{"attribution.list_coupons",
                 R"sql(
  select c.id, c.partner_id, c.code, c.state, c.created_at, c.updated_at
  from app.coupons c
  where c.organization_id = $1
    and ($2::uuid is null or c.partner_id = $2)
    and ($3::text is null or c.state = $3)
    and ($4::text is null or c.code_normalised = $4)
)sql",
                 "c.id",
                 {{"created_at", "c.created_at", "timestamptz"}, {"code", "c.code", "text"}}};

const db::Query<Coupon(CouponId)> kArchiveCoupon{"attribution.archive_coupon", R"sql(
  update app.coupons as c set state = 'archived'
  where c.organization_id = $1 and c.id = $2 and c.state = 'active'
  returning c.id, c.partner_id, c.code, c.state, c.created_at, c.updated_at
)sql"};

Task<Coupon> create_coupon(db::Tx& tx, PartnerId partner_id, CreateCoupon request) {
  co_await partners::require_active(tx, partner_id);
  auto created = co_await tx.maybe(kInsertCoupon, tx.new_id<CouponId>(), partner_id, request.code,
                                   request.code.normalised());
  if (!created) throw Problem(kCodeTaken);
  co_return *std::move(created);
}

Task<Coupon> get_coupon(db::Tx& tx, CouponId id) {
  auto found = co_await tx.maybe(kCoupon, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<Page<Coupon>> list_coupons(db::Tx& tx, ListCoupons query) {
  const auto partner_id = query.partner_id ? query.partner_id : tx.scope().partner_id;
  const auto code = query.code ? std::optional{query.code->normalised()} : std::nullopt;
  co_return co_await tx.page(kListCoupons, query.sort ? query.sort->str() : "", query.cursor,
                             query.limit.value_or(PageLimit{}), partner_id, query.state, code);
}

Task<Coupon> archive_coupon(db::Tx& tx, CouponId id) {
  auto archived = co_await identity::change(tx, db::call(kCoupon, id), db::call(kArchiveCoupon, id));
  if (archived) co_return *std::move(archived);
  co_await get_coupon(tx, id);  // 404 when there is none
  throw Problem(kState, "The coupon is archived already; archiving takes an active one.");
}

}  // namespace

void declare_coupons(http::Routes& routes) {
  routes.tag("coupons");
  routes.post("/api/partners/{partner_id}/coupons", create_coupon)
      .says("Create a coupon of a partner")
      .allow(http::Access::staff)
      .needs(http::Permission::links_manage)
      .as(db::Role::write)
      .refuses({&partners::kPartnerNotActive, &kCodeTaken});
  routes.get("/api/coupons", list_coupons)
      .says("List coupons; a partner's own")
      .allow(http::Access::partner)
      .needs(http::Permission::links_read)
      .as(db::Role::read);
  routes.get("/api/coupons/{coupon_id}", get_coupon)
      .says("Get a coupon")
      .allow(http::Access::partner)
      .needs(http::Permission::links_read)
      .as(db::Role::read);
  routes.post("/api/coupons/{coupon_id}/archiving", archive_coupon)
      .says("Archive a coupon: it attributes nothing any more")
      .allow(http::Access::staff)
      .needs(http::Permission::links_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
}

}  // namespace tandem::attribution
