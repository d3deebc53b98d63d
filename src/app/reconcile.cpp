// `tandem reconcile`: proves, organization by organization, that the ledger balances, that earnings and their
// postings agree, that nothing was taken back beyond what was earned, and that partner balances follow from
// the earnings.
#include "app/reconcile.hpp"

#include <cstdio>

#include "app/commands.hpp"
#include "app/database.hpp"
#include "ledger/api.hpp"

namespace tandem::app {
namespace {

using ledger::Difference;

struct OrganizationRow {
  OrganizationId organization_id;
  std::string slug;
};
BOOST_DESCRIBE_STRUCT(OrganizationRow, (), (organization_id, slug))
const db::ServiceQuery<OrganizationRow()> kOrganizations{"app.all_organizations", R"sql(
  select organization_id, slug from app.organizations order by slug
)sql"};

// Every earning has its posting of its amount, and every commission posting its earning.
const db::Query<Difference()> kPostingsOfEarnings{"app.reconcile_postings", R"sql(
  select 'earning_without_posting' as problem, e.id::text as subject, e.amount::text as detail
  from app.earnings e
  left join app.postings p on p.organization_id = $1 and p.idem_key = 'earning:' || e.id::text
  where e.organization_id = $1 and p.id is null
  union all
  select 'posting_differs' as problem, e.id::text as subject,
    format('%s earned, %s posted', e.amount, t.amount) as detail
  from app.earnings e
  join app.postings p on p.organization_id = $1 and p.idem_key = 'earning:' || e.id::text
  join app.transfers t on t.organization_id = $1 and t.posting_id = p.id and t.leg = 1
  where e.organization_id = $1
    and (t.amount <> abs(e.amount) or t.currency <> e.currency or t.partner_id is distinct from e.partner_id)
)sql"};

// Of one earning never more is taken back than it earned, and of one conversion never more than it was worth.
const db::Query<Difference()> kTakenBack{"app.reconcile_taken_back", R"sql(
  select 'taken_back_beyond_earned' as problem, e.id::text as subject,
    format('%s earned, %s taken back', e.amount, r.taken) as detail
  from app.earnings e
  join (
    select reverses_id, sum(amount)::bigint as taken
    from app.earnings
    where organization_id = $1 and reverses_id is not null
    group by reverses_id) r on r.reverses_id = e.id
  where e.organization_id = $1 and e.amount + r.taken < 0
  union all
  select 'reversed_beyond_amount' as problem, c.id::text as subject,
    format('%s sold, %s reversed', c.exact_amount, r.taken) as detail
  from app.conversions c
  join (
    select conversion_id, sum(exact_amount) as taken
    from app.reversals
    where organization_id = $1 and conversion_id is not null
    group by conversion_id) r on r.conversion_id = c.id
  where c.organization_id = $1 and r.taken > c.exact_amount
)sql"};

// What is held for a partner is what its earnings in hold add up to; what it owes back, what stands for
// itself.
const db::Query<Difference()> kHeld{"app.reconcile_held", R"sql(
  select 'held_differs' as problem, coalesce(a.partner_id, e.partner_id)::text as subject,
    format('%s %s on the account, %s by earnings', coalesce(a.balance, 0), coalesce(a.currency, e.currency),
      coalesce(e.held, 0)) as detail
  from (
    select partner_id, currency, balance
    from app.accounts
    where organization_id = $1 and code = 'liab.commission_held') a
  full join (
    select partner_id, currency, sum(amount)::bigint as held
    from app.earnings
    where organization_id = $1 and conversion_id is not null and state in ('pending', 'held', 'cancelled')
    group by partner_id, currency) e on e.partner_id = a.partner_id and e.currency = a.currency
  where coalesce(a.balance, 0) <> coalesce(e.held, 0)
)sql"};

struct Reconciled {
  std::string organization;
  std::vector<Difference> differences;
};
BOOST_DESCRIBE_STRUCT(Reconciled, (), (organization, differences))
struct ReconcileResult {
  bool holds = true;
  std::vector<Reconciled> organizations;
};
BOOST_DESCRIBE_STRUCT(ReconcileResult, (), (holds, organizations))

Task<std::vector<OrganizationRow>> all_organizations(db::Pool& pool) {
  auto lease = co_await pool.acquire(db::Role::service);
  co_return co_await db::service_all(*lease, kOrganizations);
}

}  // namespace

Task<std::vector<Difference>> differences(db::Tx& tx) {
  auto out = co_await ledger::reconcile(tx);
  for (const auto* query : {&kPostingsOfEarnings, &kTakenBack, &kHeld})
    for (auto& row : co_await tx.all(*query)) out.push_back(std::move(row));
  co_return out;
}

int reconcile(const Config& config, const std::optional<std::string>& organization, Format format) {
  Session session(config);
  if (organization) session.organization(*organization);
  ReconcileResult result;
  for (const auto& row : session.run(all_organizations(session.pool))) {
    if (organization && row.slug != *organization) continue;
    auto found = session.tx(row.organization_id, db::Role::read, [](db::Tx& tx) { return differences(tx); });
    result.holds = result.holds && found.empty();
    result.organizations.push_back({row.slug, std::move(found)});
  }
  if (format == Format::json) {
    fmt::print("{}\n", json::print(result));
    return result.holds ? 0 : 1;
  }
  for (const auto& row : result.organizations) {
    fmt::print("{}: {}\n", row.organization,
               row.differences.empty() ? "everything agrees"
                                       : fmt::format("{} differences", row.differences.size()));
    constexpr std::size_t kShown = 20;
    for (std::size_t i = 0; i < std::min(row.differences.size(), kShown); ++i)
      fmt::print("  {} {} {}\n", row.differences[i].problem, row.differences[i].subject,
                 row.differences[i].detail);
  }
  return result.holds ? 0 : 1;
}

}  // namespace tandem::app
