#include "payouts/candidates.hpp"

#include <algorithm>

#include "identity/api.hpp"
#include "payouts/adapters/clients.hpp"
#include "payouts/exchanges.hpp"

namespace tandem::payouts {

namespace {

using Partners = std::optional<std::vector<PartnerId>>;
const db::ListQuery<PayoutCandidate(Currency, Timestamp, Timestamp, std::int64_t, bool, Day, Partners,
                                    std::optional<bool>)>
    kCandidates{"payouts.candidates",
                R"sql(
  with owed as (
    select e.partner_id,
      coalesce(sum(e.amount) filter (where e.state = 'due' and (e.amount < 0 or e.hold_until < $3)), 0)::bigint
        as amount,
      count(*) filter (where e.state = 'due' and (e.amount < 0 or e.hold_until < $3)) as earnings,
      coalesce(sum(e.amount) filter (where e.state = 'held'), 0)::bigint as held
    from app.earnings e
    where e.organization_id = $1 and e.currency = $2 and e.state in ('due', 'held') and e.kind <> 'saving'
      and ($8::uuid[] is null or e.partner_id = any($8))
    group by e.partner_id
  ), forms as (
    select distinct on (f.partner_id) f.organization_id, f.partner_id, f.state, f.expires_on
    from app.payee_forms f
    where f.organization_id = $1 and $6
    order by f.partner_id, f.submitted_at desc, f.id desc
  ), judged as (
    select p.organization_id, p.id, p.name, o.amount, o.earnings, o.held,
      case
        when p.status <> 'active' then 'partner_not_active'
        when o.earnings = 0 and o.held <> 0 then 'held'
        when o.earnings = 0 then 'after_cutoff'
        when o.amount <= 0 then 'negative'
        when o.amount < $5 then 'below_minimum'
        when m.id is null then 'no_method'
        when m.usable_at > $4 then 'cooling_down'
        when m.connected_state <> 'ready' then 'account_not_ready'
        when $6 and (f.state is distinct from 'approved' or f.expires_on < $7) then 'payee_form'
      end as reason,
      m.id as payout_method_id, m.rail, m.currency as payout_currency, m.account_hint, m.usable_at
    from owed o
    join app.partners p on p.organization_id = $1 and p.id = o.partner_id
    left join lateral (
      select x.id, x.rail, x.currency, x.account_hint, x.usable_at, c.state as connected_state
      from app.payout_methods x
      left join app.connected_accounts c on c.organization_id = $1 and c.id = x.connected_account_id
      where x.organization_id = $1 and x.partner_id = o.partner_id and x.state = 'active'
        and (x.currency = $2 or x.takes_others)
      order by x.currency = $2 desc
      limit 1) m on true
    left join forms f on f.organization_id = $1 and f.partner_id = o.partner_id
  )
  select j.id, j.name, j.amount, j.earnings, j.held, j.reason, j.payout_method_id, j.rail, j.payout_currency,
    j.account_hint, j.usable_at
  from judged j
  where j.organization_id = $1
    and ($9::boolean is null or (j.reason is null) = $9)
)sql",
                "j.id",
                {{"id", "j.id", "uuid"}, {"amount", "j.amount", "bigint"}, {"name", "j.name", "text"}}};

Task<Page<PayoutCandidate>> find(db::Tx& tx, CandidateQuery query, std::string sort,
                                 std::optional<Cursor> cursor, PageLimit limit,
                                 std::optional<bool> is_payable) {
  const auto settings = co_await identity::payout_settings(tx);
  const auto minimum = std::ranges::find(settings.minimums, query.currency, &Money::currency);
  auto page = co_await tx.page(
      kCandidates, std::move(sort), std::move(cursor), limit, query.currency, query.cutoff_at, tx.now(),
      minimum == settings.minimums.end() ? 0 : minimum->amount, settings.need_payee_form,
      day_in_zone(tx.now(), settings.time_zone), query.partner_ids, is_payable);
  Exchanges exchanges(day_in_zone(tx.now(), settings.time_zone));
  for (auto& one : page.items) {
    if (one.reason) continue;
    Money sent{one.amount, query.currency};
    if (one.payout_currency != query.currency) {
      const auto converted = co_await exchanges.convert(tx, sent, one.payout_currency.value());
      if (!converted) {
        one.reason = NotPayable::not_convertible;
        continue;
      }
      sent = converted->amount;
    }
    if (one.rail == Rail::paypal && !paypal_takes(sent)) one.reason = NotPayable::not_whole;
  }
  if (is_payable == true)
    std::erase_if(page.items, [](const PayoutCandidate& one) { return one.reason.has_value(); });
  co_return page;
}

struct ListCandidates {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  Currency currency;
  std::optional<Timestamp> cutoff_at;
  std::optional<PartnerId> partner_id;
  std::optional<bool> payable;
};
BOOST_DESCRIBE_STRUCT(ListCandidates, (), (cursor, limit, sort, currency, cutoff_at, partner_id, payable))

Task<Page<PayoutCandidate>> list_candidates(db::Tx& tx, ListCandidates query) {
  const auto partner_id = tx.scope().partner_id ? tx.scope().partner_id : query.partner_id;
  CandidateQuery wanted{query.currency, query.cutoff_at.value_or(tx.now()), std::nullopt};
  if (partner_id) wanted.partner_ids = {*partner_id};
  co_return co_await find(tx, std::move(wanted), query.sort ? query.sort->str() : "id", query.cursor,
                          query.limit.value_or(PageLimit{}), query.payable);
}

}  // namespace

Task<std::vector<PayoutCandidate>> candidates(db::Tx& tx, CandidateQuery query,
                                              std::optional<PartnerId> after, PageLimit limit) {
  std::optional<Cursor> cursor;
  if (after) cursor = Cursor{"id", after->str(), after->uuid()};
  co_return (co_await find(tx, std::move(query), "id", std::move(cursor), limit, std::nullopt)).items;
}

void declare_candidates(http::Routes& routes) {
  routes.tag("payouts");
  routes.get("/api/payout-candidates", list_candidates)
      .says("List the partners to whom something is owed in a currency, and why they would not be paid now")
      .explains("`reason` is null where a payout would be made. Earnings in a payout are not among them.")
      .allow(http::Access::partner)
      .needs(http::Permission::payouts_read)
      .as(db::Role::read);
}

}  // namespace tandem::payouts
