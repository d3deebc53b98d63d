#include "analytics/earnings_report.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

#include "earnings/api.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::analytics {
namespace {

using http::Method;
using test::member;
using test::refund_event;
using test::sale_event;

struct ReadRow {
  std::int64_t of_rows, of_rollups;  // scans begun of conversions and earnings; rows read of rollups
};
BOOST_DESCRIBE_STRUCT(ReadRow, (), (of_rows, of_rollups))
// What this connection has read and not told the collector yet: the difference of two is what was read
// between.
const db::Query<ReadRow()> kRead{"analytics.rows_read_by_test", R"sql(
  select coalesce(sum(s.seq_scan + coalesce(s.idx_scan, 0)) filter (where s.relname <> 'earning_rollups'), 0)::bigint
      as of_rows,
    coalesce(sum(s.seq_tup_read + coalesce(s.idx_tup_fetch, 0)) filter (where s.relname = 'earning_rollups'), 0)::bigint
      as of_rollups
  from pg_stat_xact_user_tables s
  where $1::uuid is not null and s.schemaname = 'app'
    and s.relname in ('conversions', 'earnings', 'earning_rollups')
)sql"};

struct EarningsReport : testing::Test {
  test::Story s;
  PartnerId a = s.partner(), b = s.partner();
  attribution::Link link_a = s.link(a), other_a = s.link(a), link_b = s.link(b);
  test::Story::Source billing = s.billing();
  int number = 0;

  EarningsReport() {
    s.deal(a, RatePpm{100'000});
    s.deal(b, RatePpm{50'000});
  }
  void sale(const attribution::Link& link, std::int64_t amount, std::string_view at,
            std::string_view currency = "USD") {
    ++number;
    s.deliver(billing, fmt::format("evt_{}", number),
              sale_event(fmt::format("s{}", number), amount,
                         fmt::format(R"("link_code": "{}")", link.code.str()), currency, "sale.created", at));
  }
  void year() {
    sale(link_a, 10'000, "2026-01-31T23:30:00Z");
    sale(other_a, 20'000, "2026-02-01T00:30:00Z");
    sale(link_b, 30'000, "2026-02-15T12:00:00Z");
    sale(link_b, 5'000, "2026-02-15T12:00:00Z", "EUR");
    s.work();
    s.deliver(billing, "evt_r", refund_event("r", "s1", 5'000, false, "USD", "2026-03-01T10:00:00Z"));
    s.work();
  }
  /// "label currency earned taken_back net rows; …"
  std::string report(std::string_view query) {
    const auto answer = s.app.get(fmt::format("/api/analytics/earnings?{}&format=csv", query));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body;
  }
};

TEST_F(EarningsReport, GroupsByPartnerMonthLinkAndCurrency) {
  year();
  const auto key = [](const auto& id) { return id.str(); };
  EXPECT_EQ(report("group_by=currency"),
            "\"key\",\"label\",\"currency\",\"earned\",\"taken_back\",\"net\",\"earnings\"\r\n"
            "\"EUR\",\"EUR\",\"EUR\",\"250\",\"0\",\"250\",\"1\"\r\n"
            "\"USD\",\"USD\",\"USD\",\"4500\",\"-500\",\"4000\",\"4\"\r\n");
  const auto months = report("group_by=month");
  EXPECT_NE(months.find("\"2026-01\",\"2026-01\",\"USD\",\"1000\",\"0\",\"1000\",\"1\""), std::string::npos)
      << months;
  EXPECT_NE(months.find("\"2026-02\",\"2026-02\",\"EUR\",\"250\",\"0\",\"250\",\"1\""), std::string::npos)
      << months;
  EXPECT_NE(months.find("\"2026-02\",\"2026-02\",\"USD\",\"3500\",\"0\",\"3500\",\"2\""), std::string::npos)
      << months;
  EXPECT_NE(months.find("\"2026-03\",\"2026-03\",\"USD\",\"0\","), std::string::npos) << months;
  const auto partners = report("group_by=partner");
  EXPECT_NE(partners.find(key(a) + "\",\"Partner 1\",\"USD\",\"3000\""), std::string::npos) << partners;
  EXPECT_NE(partners.find(key(b) + "\",\"Partner 2\",\"USD\",\"1500\""), std::string::npos) << partners;
  const auto links = report("group_by=link");
  EXPECT_NE(
      links.find(key(other_a.id) + "\",\"" + other_a.code.str() + "\",\"USD\",\"2000\",\"0\",\"2000\",\"1\""),
      std::string::npos)
      << links;
}

TEST_F(EarningsReport, JsonNamesMinorUnits) {
  year();
  const auto answer = s.app.get("/api/analytics/earnings?group_by=currency");
  EXPECT_NE(answer.body.find(R"("currency":"USD","earned":4500,"taken_back":-500,"net":4000,"earnings":4)"),
            std::string::npos)
      << answer.body;
}

TEST_F(EarningsReport, MonthsAndDaysAreThoseOfTheOrganization) {
  s.cell("update app.organizations set time_zone = 'Asia/Seoul' where organization_id = $1 returning 1");
  year();
  const auto months = report("group_by=month");
  EXPECT_EQ(months.find("2026-01"), std::string::npos)
      << "23:30 of 31 January is 1 February in Seoul: " << months;
  EXPECT_NE(months.find("\"2026-02\",\"2026-02\",\"USD\",\"4500\""), std::string::npos) << months;
  const auto day = report("group_by=currency&from=2026-02-01&to=2026-02-02");
  EXPECT_NE(day.find("\"USD\",\"USD\",\"USD\",\"3000\",\"0\",\"3000\",\"2\""), std::string::npos) << day;
}

TEST_F(EarningsReport, PeriodsAreHalfOpen) {
  year();
  EXPECT_NE(report("group_by=currency&from=2026-01-31&to=2026-02-01").find("\"USD\",\"1000\""),
            std::string::npos);
  EXPECT_EQ(report("group_by=currency&from=2026-02-16&to=2026-03-01"),
            "\"key\",\"label\",\"currency\",\"earned\",\"taken_back\",\"net\",\"earnings\"\r\n");
  EXPECT_EQ(s.app.get("/api/analytics/earnings?from=2026-02-02&to=2026-02-01").status, 422);
  EXPECT_EQ(s.app.get("/api/analytics/earnings?from=2025-01-01&to=2026-02-10").status, 422) << "406 days";
  EXPECT_EQ(s.app.get("/api/analytics/earnings?from=2026-02-30").status, 422);
  EXPECT_EQ(s.app.get("/api/analytics/earnings?group_by=weather").status, 422);
}

TEST_F(EarningsReport, APartnerSeesItsOwnAlone) {
  year();
  s.app.principal.scope = s.partner(b);
  for (const auto* group : {"partner", "month", "link", "currency"}) {
    const auto own = report(fmt::format("group_by={}", group));
    EXPECT_NE(own.find("\"1500\""), std::string::npos) << own;
    EXPECT_EQ(own.find("\"3000\""), std::string::npos) << own;
    EXPECT_EQ(report(fmt::format("group_by={}&partner_id={}", group, a.str())), own);
  }
}

// What makes the report fast is how much it reads, which does not depend on the machine: however many
// conversions a year has, one row a day. TANDEM_REPORT_ROWS takes another number of them and prints the time.
TEST_F(EarningsReport, AYearReadsRollupsAlone) {
  const auto* given = std::getenv("TANDEM_REPORT_ROWS");
  const std::int64_t count = given ? std::stoll(given) : 5'000;
  s.cell(fmt::format(R"(
    with made as (
      select n, gen_random_uuid() as id,
        '2025-01-01T00:00:00Z'::timestamptz + n * (interval '365 days' / {0}) as at,
        1000 + n::bigint * 7919 % 50000 as amount
      from generate_series(0, {0} - 1) n),
    sold as (
      insert into app.conversions (organization_id, id, source, external_id, kind, partner_id, amount,
        currency, exact_amount, occurred_at)
      select $1, m.id, 'api', 'y' || m.n, 'sale', '{1}', m.amount, 'USD', m.amount / 100.0, m.at
      from made m
      returning 1),
    earned as (
      insert into app.earnings (organization_id, id, partner_id, kind, state, conversion_id, amount, currency,
        exact_base, occurred_at, hold_until, explanation)
      select $1, gen_random_uuid(), '{1}', 'commission', 'due', m.id, m.amount / 20, 'USD',
        m.amount / 100.0, m.at, m.at, '{{}}'
      from made m
      returning 1)
    select count(*) from sold, earned where false)",
                     count, a.str()));
  s.tx(s.system, db::Role::write, earnings::rebuild_rollups);
  std::vector<EarningsReportRow> months;
  const auto report_of_year = [&](db::Tx& tx) -> Task<ReadRow> {
    const auto before = co_await tx.one(kRead);
    months =
        co_await earnings_report(tx, GroupBy::month, Day::parse("2025-01-01"), Day::parse("2026-01-01"), a);
    const auto after = co_await tx.one(kRead);
    co_return ReadRow{after.of_rows - before.of_rows, after.of_rollups - before.of_rollups};
  };
  const auto begin = std::chrono::steady_clock::now();
  const auto read = s.tx(s.staff, db::Role::read, report_of_year);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  if (given) fmt::print("a year of {} conversions: {:.1f} ms\n", count, took.count());
  EXPECT_EQ(read.of_rows, 0) << "neither conversions nor earnings are looked at";
  EXPECT_GT(read.of_rollups, 0);
  EXPECT_LE(read.of_rollups, 366);
  std::string by_report, by_rows = s.cell(R"(
    select string_agg(m.month || ' ' || m.earned, ', ' order by m.month)
    from (select to_char(e.occurred_at at time zone o.time_zone, 'YYYY-MM') as month, sum(e.amount) as earned
      from app.earnings e join app.organizations o on o.organization_id = e.organization_id
      where e.organization_id = $1 group by 1) m)");
  for (const auto& month : months)
    by_report += fmt::format("{}{} {}", by_report.empty() ? "" : ", ", month.key, month.earned);
  EXPECT_EQ(by_report, by_rows);
}

TEST_F(EarningsReport, NamesCannotBecomeFormulas) {
  s.cell("update app.partners set name = '=HYPERLINK(1)' where organization_id = $1 and id = '" + a.str() +
         "' returning 1");
  year();
  EXPECT_NE(report("group_by=partner").find("\"'=HYPERLINK(1)\""), std::string::npos);
}

}  // namespace
}  // namespace tandem::analytics
