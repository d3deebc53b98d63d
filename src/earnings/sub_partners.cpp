#include "earnings/sub_partners.hpp"

#include "base/money.hpp"
#include "partners/api.hpp"

namespace tandem::earnings {

namespace {

struct SubPartner {
  std::string name;
  Timestamp joined_at;
  std::vector<Money> overrides;  // earned on top of its earnings and of those beneath it, a sum a currency
};
BOOST_DESCRIBE_STRUCT(SubPartner, (), (name, joined_at, overrides))

struct SubPartners {
  std::vector<SubPartner> items;  // the earliest first; at most 500
};
BOOST_DESCRIBE_STRUCT(SubPartners, (), (items))

struct SumRow {
  PartnerId id;
  std::string name;
  Timestamp joined_at;
  std::optional<std::int64_t> amount;
  std::optional<Currency> currency;
};
BOOST_DESCRIBE_STRUCT(SumRow, (), (id, name, joined_at, amount, currency))
// A branch is a partner directly beneath, with all beneath it; ten levels at most. Reversals take their part
// back. sql: organization: the rows of `down` are of one organization
const db::Query<SumRow(PartnerId)> kSubPartners{"earnings.sub_partners", R"sql(
  with recursive down as (
    select p.id as branch_id, p.id as partner_id, 1 as level
    from app.partners p
    where p.organization_id = $1 and p.parent_id = $2
    union all
    select d.branch_id, p.id as partner_id, d.level + 1 as level
    from down d
    join app.partners p on p.organization_id = $1 and p.parent_id = d.partner_id
    where d.level < 10),
  sums as (
    select o.organization_id, d.branch_id, o.currency, sum(o.amount)::int8 as amount
    from app.earnings o
    join app.earnings e on e.organization_id = o.organization_id and e.id = o.overrides_id
    join down d on d.partner_id = e.partner_id
    where o.organization_id = $1 and o.partner_id = $2 and o.kind = 'override' and e.organization_id = $1
    group by o.organization_id, d.branch_id, o.currency)
  select p.id, p.name, p.created_at as joined_at, s.amount, s.currency
  from app.partners p
  left join sums s on s.organization_id = $1 and s.branch_id = p.id
  where p.organization_id = $1 and p.parent_id = $2 and p.status not in ('applied', 'rejected')
  order by p.created_at, p.id, s.currency
  limit 500
)sql"};

Task<SubPartners> list_sub_partners(http::Context context, PartnerId partner_id) {
  const auto& caller = context.principal.scope;
  if (caller.partner_id && caller.partner_id != partner_id) throw Problem(kNotFound);
  // As the system: the wall shows a partner its own row alone, and this list is all that goes beyond it.
  const db::Scope scope{caller.organization_id, db::ActorKind::system, ActorId{}, std::nullopt};
  const auto read = [partner_id](db::Tx& tx) -> Task<std::vector<SumRow>> {
    if (!co_await partners::state_of(tx, partner_id)) throw Problem(kNotFound);
    co_return co_await tx.all(kSubPartners, partner_id);
  };
  SubPartners out;
  PartnerId last;
  for (auto& row : co_await db::run_tx(context.pool, scope, db::Role::read, read)) {
    if (row.id != last) out.items.push_back({std::move(row.name), row.joined_at, {}});
    last = row.id;
    if (row.amount) out.items.back().overrides.push_back({*row.amount, row.currency.value()});
  }
  co_return out;
}

}  // namespace

void declare_sub_partners(http::Routes& routes) {
  routes.tag("partners");
  routes.get("/api/partners/{partner_id}/sub-partners", list_sub_partners)
      .says("List who joined under a partner, and what it earned on top of theirs")
      .allow(http::Access::partner)
      .needs(http::Permission::earnings_read);
}

}  // namespace tandem::earnings
