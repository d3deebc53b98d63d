#include "earnings/earnings.hpp"

namespace tandem::earnings {

namespace {

using http::Access;
using http::Permission;
using http::Role;

struct Earning {
  EarningId id;
  PartnerId partner_id;
  EarningKind kind{};
  EarningState state{};
  std::optional<attribution::ConversionId> conversion_id;
  std::optional<attribution::ReversalId> reversal_id;
  std::optional<EarningId> reverses_id;
  std::optional<attribution::LinkId> link_id;
  std::int64_t amount = 0;  // minor units; negative: taken back
  Currency currency;
  std::optional<RatePpm> rate_ppm;
  Timestamp occurred_at, hold_until;
  std::optional<PayoutId> payout_id;  // that it is in, or was paid by
};
BOOST_DESCRIBE_STRUCT(Earning, (),
                      (id, partner_id, kind, state, conversion_id, reversal_id, reverses_id, link_id, amount,
                       currency, rate_ppm, occurred_at, hold_until, payout_id))
struct ListEarnings {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<PartnerId> partner_id;
  std::optional<EarningState> state;
  std::optional<attribution::ConversionId> conversion_id;
  std::optional<Currency> currency;
  std::optional<Timestamp> from, to;  // occurred_at, half-open
};
BOOST_DESCRIBE_STRUCT(ListEarnings, (),
                      (cursor, limit, sort, partner_id, state, conversion_id, currency, from, to))

const db::ListQuery<Earning(std::optional<PartnerId>, std::optional<EarningState>,
                            std::optional<attribution::ConversionId>, std::optional<Currency>,
                            std::optional<Timestamp>, std::optional<Timestamp>)>
    kListEarnings{"earnings.list_earnings",
                  R"sql(
  select e.id, e.partner_id, e.kind, e.state, e.conversion_id, e.reversal_id, e.reverses_id, e.link_id, e.amount,
    e.currency, e.rate_ppm, e.occurred_at, e.hold_until, e.payout_id
  from app.earnings e
  where e.organization_id = $1
    and ($2::uuid is null or e.partner_id = $2)
    and ($3::text is null or e.state = $3)
    and ($4::uuid is null or e.conversion_id = $4)
    and ($5::text is null or e.currency = $5)
    and ($6::timestamptz is null or e.occurred_at >= $6)
    and ($7::timestamptz is null or e.occurred_at < $7))sql",
                  "e.id",
                  {{"occurred_at", "e.occurred_at", "timestamptz"}}};
const db::Query<EarningRow(EarningId)> kEarning{"earnings.earning", R"sql(
  select id, partner_id, kind, state, conversion_id, reversal_id, reverses_id, link_id, deal_version_id, amount,
    currency, rate_ppm, exact_base, weight, weight_total, explanation, occurred_at, hold_until, created_at, payout_id,
    overrides_id, write_off_id, claim_id, split_from
  from app.earnings
  where organization_id = $1 and id = $2
)sql"};

Task<Page<Earning>> list_earnings(db::Tx& tx, ListEarnings query) {
  const auto partner_id = tx.scope().partner_id ? tx.scope().partner_id : query.partner_id;
  co_return co_await tx.page(kListEarnings, query.sort ? query.sort->str() : "-occurred_at", query.cursor,
                             query.limit.value_or(PageLimit{}), partner_id, query.state, query.conversion_id,
                             query.currency, query.from, query.to);
}

}  // namespace

Task<EarningDetail> get_earning(db::Tx& tx, EarningId id) {
  auto [rows, holds] = co_await tx.together(db::call(kEarning, id), db::call(holds_query(), id));
  if (rows.empty()) throw Problem(kNotFound);
  EarningDetail out;
  static_cast<EarningRow&>(out) = std::move(rows.front());
  out.holds = std::move(holds);
  if (tx.scope().partner_id) {
    for (auto& hold : out.holds) hold.note.reset();
    if (out.split_from) out.deal_version_id.reset();
    out.split_from.reset();
  }
  co_return out;
}

void declare_earnings(http::Routes& routes) {
  routes.tag("Earnings");
  routes.get("/api/earnings", list_earnings)
      .says("List earnings")
      .allow(Access::partner)
      .needs(Permission::earnings_read)
      .as(Role::read);
  routes.get("/api/earnings/{earning_id}", get_earning)
      .says("Get an earning with its explanation")
      .allow(Access::partner)
      .needs(Permission::earnings_read)
      .as(Role::read);
}

}  // namespace tandem::earnings
