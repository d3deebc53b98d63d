// Coupons: codes that attribute a sale or a lead to a partner without a click. Staff make them; a partner
// sees its own.
#pragma once
#include "attribution/ids.hpp"
#include "base/page.hpp"
#include "http/routes.hpp"

namespace tandem::attribution {

enum class CouponState : int { active, archived };
BOOST_DESCRIBE_ENUM(CouponState, active, archived)

struct CreateCoupon {
  Code code;  // unique in the organization without regard to case
};
BOOST_DESCRIBE_STRUCT(CreateCoupon, (), (code))

struct Coupon {
  CouponId id;
  PartnerId partner_id;
  Code code;
  CouponState state{};
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(Coupon, (), (id, partner_id, code, state, created_at, updated_at))

struct ListCoupons {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<PartnerId> partner_id;
  std::optional<CouponState> state;
  std::optional<Code> code;
};
BOOST_DESCRIBE_STRUCT(ListCoupons, (), (cursor, limit, sort, partner_id, state, code))

void declare_coupons(http::Routes& routes);

}  // namespace tandem::attribution
