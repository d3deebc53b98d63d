// `tandem reconcile`: proves, organization by organization, that the ledger balances, that earnings, their
// postings and their rollups agree, that nothing was taken back beyond what was earned, and that partner
// balances follow from the earnings.
#include "app/reconcile.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>

#include "app/commands.hpp"
#include "app/database.hpp"
#include "earnings/api.hpp"
#include "ledger/api.hpp"
#include "payouts/module.hpp"

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
    format('%s earned, %s posted', e.amount, sum(t.amount)) as detail
  from app.earnings e
  join app.postings p on p.organization_id = $1 and p.idem_key = 'earning:' || e.id::text
  join app.transfers t on t.organization_id = $1 and t.posting_id = p.id
  where e.organization_id = $1
  group by e.id, e.amount, e.currency, e.partner_id
  having sum(t.amount) <> abs(e.amount) or bool_or(t.currency <> e.currency)
    or bool_or(t.partner_id is distinct from e.partner_id)
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

// Per partner and currency the accounts say what the states of the earnings say: held is what is pending or
// held, payable less what is owed back is what is due, in transit is what is in a payout. Never both payable
// and owed back.
// sql: organization: the CTEs on_account and by_state hold rows of one organization
// sql: outer_join: they do
const db::Query<Difference()> kStates{"app.reconcile_states", R"sql(
  with on_account as (
    select partner_id, currency,
      coalesce(sum(balance) filter (where code = 'liab.commission_held'), 0)::bigint as held,
      coalesce(sum(balance) filter (where code = 'liab.commission_payable'), 0)::bigint as payable,
      coalesce(sum(balance) filter (where code = 'asset.clawback_receivable'), 0)::bigint as owed_back,
      coalesce(sum(balance) filter (where code = 'liab.payout_in_transit'), 0)::bigint as in_transit
    from app.accounts
    where organization_id = $1 and partner_id is not null
    group by partner_id, currency),
  by_state as (
    select partner_id, currency,
      coalesce(sum(amount) filter (where state in ('pending', 'held')), 0)::bigint as held,
      coalesce(sum(amount) filter (where state = 'due'), 0)::bigint as due,
      coalesce(sum(amount) filter (where state = 'in_payout'), 0)::bigint as in_transit,
      coalesce(sum(amount) filter (where state = 'cancelled'), 0)::bigint as cancelled
    from app.earnings
    where organization_id = $1
    group by partner_id, currency)
  select 'states_differ' as problem, coalesce(a.partner_id, e.partner_id)::text as subject,
    format('%s: held %s on the account and %s by earnings, payable %s less %s owed back and %s due, in transit %s '
      'and %s, cancelled %s', coalesce(a.currency, e.currency), coalesce(a.held, 0), coalesce(e.held, 0),
      coalesce(a.payable, 0), coalesce(a.owed_back, 0), coalesce(e.due, 0), coalesce(a.in_transit, 0),
      coalesce(e.in_transit, 0), coalesce(e.cancelled, 0)) as detail
  from on_account a
  full join by_state e on e.partner_id = a.partner_id and e.currency = a.currency
  where coalesce(a.held, 0) <> coalesce(e.held, 0)
    or coalesce(a.payable, 0) - coalesce(a.owed_back, 0) <> coalesce(e.due, 0)
    or coalesce(a.in_transit, 0) <> coalesce(e.in_transit, 0)
    or coalesce(e.cancelled, 0) <> 0
    or least(coalesce(a.payable, 0), coalesce(a.owed_back, 0)) > 0
)sql"};

// What stands in the clearing account of exchanges is what payouts in other currencies have left there: of
// those paid and not closed at the bank what was due and what was sent, of those closed that came back the
// opposite. Of those whose provider said what it took, what was due and its worth there, until they come
// back.
//
// sql: organization: the CTEs clearing, open and standing hold rows of one organization
// sql: outer_join: they do
const db::Query<Difference()> kExchanges{"app.reconcile_exchanges", R"sql(
  with clearing as (
    select a.currency, coalesce((select sum(t.amount) from app.transfers t
        where t.organization_id = $1 and t.debit_id = a.id), 0)
      - coalesce((select sum(t.amount) from app.transfers t
        where t.organization_id = $1 and t.credit_id = a.id), 0) as standing
    from app.accounts a
    where a.organization_id = $1 and a.code = 'fx.clearing'),
  open as (
    select x.currency, sum(x.amount) as standing
    from app.payouts p
    cross join lateral (values
      (p.currency, case when p.state = 'paid' then -p.amount else p.amount end),
      (p.sent_currency, case when p.state = 'paid' then p.sent_amount else -p.sent_amount end)) as x(currency, amount)
    where p.organization_id = $1 and p.sent_amount is not null
      and p.source_amount is null
      and ((p.state = 'paid' and p.charged is null) or (p.state = 'returned' and p.charged is not null))
    group by x.currency
    union all
    select x.currency, sum(x.amount)
    from app.payouts p
    cross join lateral (values (p.currency, -p.amount), (p.source_currency, p.source_worth)) as x(currency, amount)
    where p.organization_id = $1 and p.source_amount is not null and p.state = 'paid'
    group by x.currency),
  standing as (
    select currency, sum(standing) as standing from open group by currency)
  select 'exchanges_differ' as problem, coalesce(c.currency, o.currency) as subject,
    format('%s in the clearing account, %s by payouts', coalesce(c.standing, 0), coalesce(o.standing, 0)) as detail
  from clearing c
  full join standing o on o.currency = c.currency
  where coalesce(c.standing, 0) <> coalesce(o.standing, 0)
)sql"};

// A day that is rolled up and has no mark says what its earnings say.
//
// sql: organization: the CTEs hold rows of one organization
// sql: outer_join: both sides are CTEs of one organization
const db::Query<Difference()> kRollups{"app.reconcile_rollups", R"sql(
  with state as (
    select o.time_zone
    from app.organizations o
    join app.rollup_states s on s.organization_id = o.organization_id and s.time_zone = o.time_zone
    where o.organization_id = $1),
  rows as (
    select e.partner_id, (e.occurred_at at time zone t.time_zone)::date as day, e.currency,
      coalesce(e.link_id, '00000000-0000-0000-0000-000000000000'::uuid) as link_id, sum(e.amount)::bigint as net,
      count(*) as earnings
    from state t
    join app.earnings e on e.organization_id = $1
    group by 1, 2, 3, 4),
  rolled as (
    select r.partner_id, r.day, r.currency, r.link_id, r.earned + r.taken_back as net, r.earnings
    from state t
    join app.earning_rollups r on r.organization_id = $1)
  select 'rollup_differs' as problem, d.partner_id::text as subject,
    format('%s %s: %s of %s earnings rolled up, %s of %s by rows', d.day, d.currency, d.rolled_net, d.rolled_earnings,
      d.net, d.earnings) as detail
  from (
    select coalesce(a.partner_id, b.partner_id) as partner_id, coalesce(a.day, b.day) as day,
      coalesce(a.currency, b.currency) as currency, coalesce(b.net, 0) as rolled_net,
      coalesce(b.earnings, 0) as rolled_earnings, coalesce(a.net, 0) as net, coalesce(a.earnings, 0) as earnings
    from rows a
    full join rolled b on b.partner_id = a.partner_id and b.day = a.day and b.currency = a.currency
      and b.link_id = a.link_id) d
  where (d.net <> d.rolled_net or d.earnings <> d.rolled_earnings)
    and not exists (
      select 1 from app.earning_marks m where m.organization_id = $1 and m.partner_id = d.partner_id and m.day = d.day)
  order by d.day, d.partner_id
)sql"};

struct Reconciled {
  std::string organization;
  std::vector<Difference> differences;
};
BOOST_DESCRIBE_STRUCT(Reconciled, (), (organization, differences))
struct ReconcileResult {
  bool holds = true;
  std::vector<Reconciled> organizations;
  std::optional<payouts::ReportComparison> report;  // of the outside, when there is one
};
BOOST_DESCRIBE_STRUCT(ReconcileResult, (), (holds, organizations, report))

payouts::OutsideReport read_report(const ReconcileOptions& options) {
  constexpr std::size_t kBytesMax = 256 << 20;
  std::ifstream file(options.report, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file || bytes.size() > kBytesMax) throw UserError(options.report + " cannot be read");
  auto format = json::enum_from<payouts::ReportFormat>(options.report_format);
  const auto begin = bytes.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  if (!format)
    format = begin != std::string::npos && bytes[begin] == '<' ? payouts::ReportFormat::camt053
                                                               : payouts::ReportFormat::bank_csv;
  auto report = payouts::read_outside_report(*format, bytes);
  if (!report) throw UserError(options.report + ": " + report.error());
  return *std::move(report);
}

void print_differences(const std::vector<Difference>& differences) {
  constexpr std::size_t kShown = 20;
  for (std::size_t i = 0; i < std::min(differences.size(), kShown); ++i)
    fmt::print("  {} {} {}\n", differences[i].problem, differences[i].subject, differences[i].detail);
}

std::string verdict(const std::vector<Difference>& differences) {
  return differences.empty() ? "everything agrees" : fmt::format("{} differences", differences.size());
}

Task<std::vector<OrganizationRow>> all_organizations(db::Pool& pool) {
  auto lease = co_await pool.acquire(db::Role::service);
  co_return co_await db::service_all(*lease, kOrganizations);
}

}  // namespace

Task<std::vector<Difference>> differences(db::Tx& tx) {
  auto out = co_await ledger::reconcile(tx);
  for (const auto* query : {&kPostingsOfEarnings, &kTakenBack, &kStates, &kExchanges, &kRollups})
    for (auto& row : co_await tx.all(*query)) out.push_back(std::move(row));
  co_return out;
}

int rebuild_rollups(const Config& config, const std::optional<std::string>& organization) {
  Session session(config);
  if (organization) session.organization(*organization);
  for (const auto& row : session.run(all_organizations(session.pool))) {
    if (organization && row.slug != *organization) continue;
    session.tx(row.organization_id, db::Role::write,
               [](db::Tx& tx) { return earnings::rebuild_rollups(tx); });
    fmt::print("{}: rebuilt\n", row.slug);
  }
  return 0;
}

int reconcile(const Config& config, const ReconcileOptions& options, Format format) {
  if (!options.report.empty() && !options.organization)
    throw UserError("--report is about one organization: name it by --organization");
  Session session(config);
  if (options.organization) session.organization(*options.organization);
  ReconcileResult result;
  for (const auto& row : session.run(all_organizations(session.pool))) {
    if (options.organization && row.slug != *options.organization) continue;
    auto found = session.tx(row.organization_id, db::Role::read, [](db::Tx& tx) { return differences(tx); });
    result.holds = result.holds && found.empty();
    result.organizations.push_back({row.slug, std::move(found)});
    if (options.report.empty()) continue;
    result.report = session.tx(row.organization_id, db::Role::read,
                               [&](db::Tx& tx) { return payouts::compare(tx, read_report(options)); });
    result.holds = result.holds && result.report->differences.empty();
  }
  if (format == Format::json) {
    fmt::print("{}\n", json::print(result));
    return result.holds ? 0 : 1;
  }
  for (const auto& row : result.organizations) {
    fmt::print("{}: {}\n", row.organization, verdict(row.differences));
    print_differences(row.differences);
  }
  if (result.report) {
    fmt::print("{}: {} payouts, {} other lines: {}\n", options.report, result.report->payouts,
               result.report->others, verdict(result.report->differences));
    print_differences(result.report->differences);
  }
  return result.holds ? 0 : 1;
}

}  // namespace tandem::app
