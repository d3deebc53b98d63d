// `tandem report`: the same queries as the API's analytics and statements, printed.
#include <cstdio>

#include "analytics/api.hpp"
#include "app/commands.hpp"
#include "app/database.hpp"
#include "app/print.hpp"
#include "ledger/module.hpp"

namespace tandem::app {
namespace {

using analytics::EarningsReportRow;

/// Sums of conversions and of what was taken back, exact.
struct ConversionSums {
  Currency currency;
  std::int64_t conversions = 0;
  Decimal sales;
  std::int64_t reversals = 0;
  Decimal credits;
};
BOOST_DESCRIBE_STRUCT(ConversionSums, (), (currency, conversions, sales, reversals, credits))
const db::Query<ConversionSums()> kConversionSums{"app.conversion_sums", R"sql(
  select s.currency, sum(s.conversions)::bigint as conversions, sum(s.sales) as sales,
    sum(s.reversals)::bigint as reversals, -sum(s.credits) as credits
  from (
    select c.currency, count(*) as conversions, sum(c.exact_amount) as sales,
      0::bigint as reversals, 0::numeric as credits
    from app.conversions c
    where c.organization_id = $1 and c.kind <> 'lead'
    group by c.currency
    union all
    select r.currency, 0::bigint as conversions, 0::numeric as sales, count(*) as reversals,
      sum(r.exact_amount) as credits
    from app.reversals r
    where r.organization_id = $1
    group by r.currency) s
  group by s.currency
  order by s.currency
)sql"};

struct EarningsReport {
  std::string organization, group_by;
  std::vector<EarningsReportRow> rows, totals;
};
BOOST_DESCRIBE_STRUCT(EarningsReport, (), (organization, group_by, rows, totals))
struct ConversionsReport {
  std::string organization;
  std::vector<ConversionSums> totals;
};
BOOST_DESCRIBE_STRUCT(ConversionsReport, (), (organization, totals))

std::optional<Day> day_of(const std::optional<std::string>& text, std::string_view flag) {
  if (!text) return std::nullopt;
  const auto day = Day::parse(*text);
  if (!day) throw UserError(fmt::format("--{}: a day such as 2011-03-01 is expected, not '{}'", flag, *text));
  return day;
}

std::vector<EarningsReportRow> totals_of(const std::vector<EarningsReportRow>& rows) {
  std::map<Currency, EarningsReportRow> by_currency;
  for (const auto& row : rows) {
    auto& total = by_currency[row.currency];
    total.key = total.label = row.currency.str();
    total.currency = row.currency;
    total.earned += row.earned;
    total.taken_back += row.taken_back;
    total.net += row.net;
    total.earnings += row.earnings;
  }
  std::vector<EarningsReportRow> out;
  for (auto& [currency, total] : by_currency) out.push_back(total);
  return out;
}

std::string as_table(const std::string& group_by, const EarningsReport& report) {
  std::vector<std::vector<std::string>> cells;
  const auto add = [&](const EarningsReportRow& row, const std::string& label) {
    const int digits = row.currency.exponent();
    cells.push_back({label, row.currency.str(), amount_text(row.earned, digits),
                     amount_text(row.taken_back, digits), amount_text(row.net, digits),
                     std::to_string(row.earnings)});
  };
  for (const auto& row : report.rows) add(row, row.label.empty() ? "(none)" : row.label);
  if (group_by != "currency")
    for (const auto& row : report.totals) add(row, "total");
  return table({group_by, "currency", "earned", "taken back", "net", "rows"}, cells);
}

struct StatementReport {
  std::string organization;
  std::optional<Day> from, to;
  std::vector<ledger::StatementRow> rows;
};
BOOST_DESCRIBE_STRUCT(StatementReport, (), (organization, from, to, rows))
struct PlatformReport {
  std::optional<Day> from, to;
  std::vector<ledger::PlatformStatementRow> rows;
};
BOOST_DESCRIBE_STRUCT(PlatformReport, (), (from, to, rows))

/// Units (QTA, CRD) have no decimals; they are no currencies.
std::string amount_of(std::int64_t minor, const std::string& commodity) {
  const auto currency = Currency::parse(commodity);
  return amount_text(minor, currency ? currency->exponent() : 0);
}

template <class Report>
int print_statement(const Report& report, Format format) {
  if (format == Format::json) {
    fmt::print("{}\n", json::print(report));
    return 0;
  }
  std::vector<std::vector<std::string>> cells;
  for (const auto& row : report.rows)
    cells.push_back({row.account, row.commodity, amount_of(row.opening, row.commodity),
                     amount_of(row.debits, row.commodity), amount_of(row.credits, row.commodity),
                     amount_of(row.closing, row.commodity)});
  fmt::print("{}", table({"account", "commodity", "opening", "debits", "credits", "closing"}, cells));
  return 0;
}

int statement(Session& session, const ReportOptions& options, Format format) {
  const auto from = day_of(options.from, "from"), to = day_of(options.to, "to");
  if (options.platform)
    return print_statement(
        PlatformReport{from, to, session.run(ledger::platform_statement(session.pool, from, to))}, format);
  const auto organization_id = session.organization(options.organization);
  auto rows = session.tx(organization_id, db::Role::read,
                         [&](db::Tx& tx) { return ledger::statement(tx, from, to); });
  return print_statement(StatementReport{options.organization, from, to, std::move(rows)}, format);
}

}  // namespace

int report(const Config& config, const ReportOptions& options, Format format) {
  if (options.organization.empty() != options.platform || (options.platform && options.what != "statement"))
    throw UserError("--organization is needed; --platform stands for all of them in a statement");
  Session session(config);
  if (options.what == "statement") return statement(session, options, format);
  const auto organization_id = session.organization(options.organization);
  if (options.what == "conversions") {
    const ConversionsReport out{
        options.organization,
        session.tx(organization_id, db::Role::read, [](db::Tx& tx) { return tx.all(kConversionSums); })};
    if (format == Format::json) {
      fmt::print("{}\n", json::print(out));
      return 0;
    }
    std::vector<std::vector<std::string>> cells;
    for (const auto& row : out.totals)
      cells.push_back({row.currency.str(), std::to_string(row.conversions), row.sales.str(),
                       std::to_string(row.reversals), row.credits.str()});
    fmt::print("{}", table({"currency", "sales", "amount", "credits", "amount taken back"}, cells));
    return 0;
  }
  const auto group_by = json::enum_from<analytics::GroupBy>(options.group_by).value();
  const auto from = day_of(options.from, "from"), to = day_of(options.to, "to");
  std::optional<PartnerId> partner_id;
  if (options.partner) {
    partner_id = PartnerId::parse(*options.partner);
    if (!partner_id) throw UserError("--partner: an id is expected");
  }
  EarningsReport out{options.organization, options.group_by, {}, {}};
  out.rows = session.tx(organization_id, db::Role::read, [&](db::Tx& tx) {
    return analytics::earnings_report(tx, group_by, from, to, partner_id);
  });
  out.totals = totals_of(out.rows);
  fmt::print("{}", format == Format::json ? json::print(out) + "\n" : as_table(options.group_by, out));
  return 0;
}

}  // namespace tandem::app
