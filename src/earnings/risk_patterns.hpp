// What shows in a day, a month or a quarter of a partner only: floods of clicks, machines, coupons that
// leaked, refunds and disputes far above the others'. The judgement is pure; a job runs it once a day on the
// day before.
#pragma once
#include <cstdint>
#include <optional>

#include "base/text.hpp"
#include "jobs/job.hpp"
#include "partners/ids.hpp"

namespace tandem::earnings {

/// A day of visits by one partner's links, without known crawlers.
struct DayOfVisits {
  PartnerId partner_id{};
  std::int64_t visits = 0, conversions = 0;
  std::int64_t of_one_network = 0;  // from the /24 (of IPv6 the /48) that sent most
  std::int64_t bursts = 0;          // minutes with more visits from one address than kVisitsAMinute
  std::int64_t in_bursts = 0;       // visits in them
  std::int64_t clicks = 0;          // of the redirect, to hosts that tell of landings
  std::int64_t unseen = 0;          // of those, whose page nobody saw
};
BOOST_DESCRIBE_STRUCT(DayOfVisits, (),
                      (partner_id, visits, conversions, of_one_network, bursts, in_bursts, clicks, unseen))
/// How soon leads came after the visit that won them, of visits in thirty days: of those within thirty days,
/// and within the first three.
struct ClickTimes {
  std::int64_t leads = 0, soon = 0;
};
BOOST_DESCRIBE_STRUCT(ClickTimes, (), (leads, soon))
/// Thirty days of orders with one coupon, of visitors whose clicks are known here.
struct CouponUse {
  PartnerId partner_id{};
  Uuid coupon_id{};
  std::int64_t orders = 0, without_click = 0;
  std::int64_t from_listed = 0;  // of visitors who came from a site of coupons
};
BOOST_DESCRIBE_STRUCT(CouponUse, (), (partner_id, coupon_id, orders, without_click, from_listed))
/// Ninety days of a partner's payments, and of all the others'.
struct PartnerRecord {
  PartnerId partner_id{};
  std::int64_t payments = 0, refunded = 0, disputed = 0;
  std::int64_t payments_of_others = 0, refunded_of_others = 0;
};
BOOST_DESCRIBE_STRUCT(PartnerRecord, (),
                      (partner_id, payments, refunded, disputed, payments_of_others, refunded_of_others))

inline constexpr std::int64_t kVisitsAMinute = 60;

/// 1 to 100, or nothing: over 1,000 visits of which fewer than 0.05 % converted, or more than half came from
/// one network, or whose leads come as evenly over weeks as by chance.
std::optional<std::int32_t> click_flooding(const DayOfVisits& day, const ClickTimes& times);
/// Whether leads come as evenly over thirty days as if the clicks had not brought them: 50 or more, of which
/// fewer than a fifth in the first tenth of the time.
bool is_flat(const ClickTimes& times);
/// 100 clicks or more, of which nobody saw the page of more than 80 %.
std::optional<std::int32_t> cookie_stuffing(const DayOfVisits& day);
/// More than 60 visits a minute from one address.
std::optional<std::int32_t> bot_rate(const DayOfVisits& day);
/// 20 orders or more, over 70 % of them without a click of the coupon's partner; or three of visitors from a
/// site of coupons that the organization has listed (setting coupon_sites).
std::optional<std::int32_t> coupon_leak(const CouponUse& use);
/// 20 payments or more: over 1 % disputed (two at least), or over 5 % refunded and that more than three times
/// as often as the others'.
std::optional<std::int32_t> odd_partner(const PartnerRecord& record);

/// The daily job; its payload names the day that began.
Task<> look_for_patterns(db::Tx& tx, std::span<const jobs::Job> jobs);

}  // namespace tandem::earnings
