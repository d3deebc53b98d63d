#include "earnings/statement_pdf.hpp"

#include <map>

#include "base/json_view.hpp"
#include "documents/statement_paper.hpp"
#include "earnings/statement.hpp"
#include "http/file_answer.hpp"

namespace tandem::earnings {
namespace {

using documents::Movement;
using documents::MovementKind;
using documents::OwedInCurrency;

constexpr std::int32_t kMovementsMax = 1'000;  // above, a line a day

struct HeadRow {
  std::string organization, accent, language, partner, slug;
  TimeZone time_zone;
  std::optional<std::string> tax_id, street, city, region, postal_code, country;
  std::optional<db::Bytes> logo;
};
BOOST_DESCRIBE_STRUCT(HeadRow, (),
                      (organization, accent, language, partner, slug, time_zone, tax_id, street, city, region,
                       postal_code, country, logo))
const db::Query<HeadRow(PartnerId)> kHead{"earnings.head_of_statement", R"sql(
  select o.name as organization, coalesce(o.settings ->> 'brand_accent', '') as accent,
    coalesce(left(p.locale, 2), o.settings ->> 'locale', 'en') as language, coalesce(p.legal_name, p.name) as partner,
    p.slug, o.time_zone, p.tax_id, p.address ->> 'street' as street, p.address ->> 'city' as city,
    p.address ->> 'region' as region, p.address ->> 'postal_code' as postal_code, p.country,
    (select g.content from app.organization_logos g where g.organization_id = $1) as logo
  from app.partners p
  join app.organizations o on o.organization_id = p.organization_id
  where p.organization_id = $1 and p.id = $2
)sql"};

struct MovementRow {
  Timestamp at;
  std::string kind;
  Currency currency;
  std::int64_t amount;
  std::optional<std::string> about, reference;
};
BOOST_DESCRIBE_STRUCT(MovementRow, (), (at, kind, currency, amount, about, reference))
// Postings that change what is owed; those between the partner's own accounts (a hold that ends) do not. The
// accounts are those of statement().
// sql: organization: the CTEs own and legs hold rows of one organization
const db::Query<MovementRow(PartnerId, Timestamp, Timestamp, std::int32_t)> kMovements{
    "earnings.movements_of_statement", R"sql(
  with own as (
    select id, currency
    from app.accounts
    where organization_id = $1 and partner_id = $2 and code in ('liab.commission_held', 'liab.commission_payable',
      'liab.payout_in_transit', 'asset.clawback_receivable')),
  legs as (
    select o.currency, t.posting_id, -t.amount as value
    from own o
    join app.transfers t on t.organization_id = $1 and t.debit_id = o.id
    union all
    select o.currency, t.posting_id, t.amount as value
    from own o
    join app.transfers t on t.organization_id = $1 and t.credit_id = o.id)
  select p.at, p.kind, l.currency, sum(l.value)::bigint as amount, c.product as about,
    coalesce(r.external_id, c.external_id) as reference
  from legs l
  join app.postings p on p.organization_id = $1 and p.id = l.posting_id
  left join app.earnings e on e.organization_id = $1
    and e.id = substring(p.idem_key from '^earning:([0-9a-f-]{36})$')::uuid
  left join app.conversions c on c.organization_id = $1 and c.id = e.conversion_id
  left join app.reversals r on r.organization_id = $1 and r.id = e.reversal_id
  where p.at >= $3 and p.at < $4
  group by p.id, p.at, p.kind, l.currency, c.product, c.external_id, r.external_id
  having sum(l.value) <> 0
  order by p.at, p.id, l.currency
  limit $5
)sql"};

MovementKind kind_of(const MovementRow& row) {
  if (row.kind.starts_with("payout")) return MovementKind::paid_out;
  if (!row.kind.starts_with("commission")) return MovementKind::adjustment;
  return row.amount > 0 ? MovementKind::earned : MovementKind::taken_back;
}

struct DayRow {
  Day day;
  std::string kind;
  Currency currency;
  std::int64_t amount;
};
BOOST_DESCRIBE_STRUCT(DayRow, (), (day, kind, currency, amount))
// sql: organization: the CTEs own, legs and moved hold rows of one organization
const db::Query<DayRow(PartnerId, Timestamp, Timestamp, TimeZone)> kDays{"earnings.days_of_statement", R"sql(
  with own as (
    select id, currency
    from app.accounts
    where organization_id = $1 and partner_id = $2 and code in ('liab.commission_held', 'liab.commission_payable',
      'liab.payout_in_transit', 'asset.clawback_receivable')),
  legs as (
    select o.currency, t.posting_id, -t.amount as value
    from own o
    join app.transfers t on t.organization_id = $1 and t.debit_id = o.id
    union all
    select o.currency, t.posting_id, t.amount as value
    from own o
    join app.transfers t on t.organization_id = $1 and t.credit_id = o.id),
  moved as (
    select (p.at at time zone $5)::date as day, l.currency, sum(l.value) as amount,
      case when p.kind like 'payout%' then 'payout' when p.kind not like 'commission%' then 'adjustment'
        else 'commission' end as kind
    from legs l
    join app.postings p on p.organization_id = $1 and p.id = l.posting_id
    where p.at >= $3 and p.at < $4
    group by p.id, p.at, p.kind, l.currency)
  select m.day, m.kind, m.currency, sum(m.amount)::bigint as amount
  from moved m
  where m.amount <> 0
  group by m.day, m.kind, m.currency, m.amount > 0
  order by m.day, m.currency, m.kind, m.amount > 0 desc
)sql"};

struct GetStatementPdf {
  std::optional<Day> from, to;  // half-open; default: the month before this one
  std::optional<Language> language;
};
BOOST_DESCRIBE_STRUCT(GetStatementPdf, (), (from, to, language))

/// The period asked for; what is missing is a month.
std::pair<Day, Day> period_of(const GetStatementPdf& query, Day today) {
  using namespace std::chrono;
  const auto month_of = [](Day day) {
    const year_month_day date{day.days()};
    return date.year() / date.month();
  };
  if (query.from && query.to) return {*query.from, *query.to};
  if (query.from) return {*query.from, Day(sys_days{(month_of(*query.from) + months{1}) / 1})};
  if (query.to) {
    const Day last{query.to->days() - days{1}};
    return {Day(sys_days{month_of(last) / 1}), *query.to};
  }
  return {Day(sys_days{(month_of(today) - months{1}) / 1}), Day(sys_days{month_of(today) / 1})};
}

documents::Party party_of(const HeadRow& row, Language language) {
  documents::Party out{{}, row.partner, {}};
  if (row.street) out.lines.push_back(*row.street);
  std::string place;
  for (const auto* part : {&row.postal_code, &row.city, &row.region})
    if (*part) place += (place.empty() ? "" : " ") + **part;
  if (!place.empty()) out.lines.push_back(std::move(place));
  if (row.country) out.lines.push_back(*row.country);
  if (row.tax_id)
    out.lines.push_back(
        fmt::format("{} {}", documents::word(documents::Word::tax_id, language), *row.tax_id));
  return out;
}

/// Fills the movements in, by currency.
Task<> add_movements(db::Tx& tx, PartnerId partner_id, Timestamp from, Timestamp to, const TimeZone& zone,
                     std::map<Currency, OwedInCurrency>& owed) {
  const auto rows = co_await tx.all(kMovements, partner_id, from, to, kMovementsMax + 1);
  if (rows.size() <= static_cast<std::size_t>(kMovementsMax)) {
    for (const auto& row : rows)
      owed[row.currency].movements.push_back(Movement{day_in_zone(row.at, zone), kind_of(row),
                                                      row.about.value_or(""), row.reference.value_or(""),
                                                      row.amount});
    co_return;
  }
  for (const auto& row : co_await tx.all(kDays, partner_id, from, to, zone)) {
    const auto kind = kind_of({{}, row.kind, row.currency, row.amount, {}, {}});
    owed[row.currency].movements.push_back(Movement{row.day, kind, {}, {}, row.amount});
    owed[row.currency].is_by_day = true;
  }
}

Task<http::Response> get_statement_pdf(db::Tx& tx, PartnerId partner_id, GetStatementPdf query) {
  const auto head = co_await tx.maybe(kHead, partner_id);
  if (!head) throw Problem(kNotFound);
  const Day today = day_in_zone(tx.now(), head->time_zone);
  const auto [from, to] = period_of(query, today);
  if (!(from < to)) throw invalid_field("?to", "out_of_range", "to must be after from");
  const Language language =
      query.language.value_or(json::enum_from<Language>(head->language).value_or(Language::en));
  std::map<Currency, OwedInCurrency> owed;
  co_await add_movements(tx, partner_id, start_of_day(from, head->time_zone),
                         start_of_day(to, head->time_zone), head->time_zone, owed);
  documents::StatementData data{.head = {language, head->organization, head->accent, tx.now(), today,
                                         head->logo ? head->logo->value : std::string()},
                                .partner = party_of(*head, language),
                                .from = from,
                                .last = Day{to.days() - std::chrono::days{1}},
                                .currencies = {}};
  for (const auto& total : (co_await statement(tx, partner_id, from, to)).totals)
    owed[total.currency].opening = total.owed_before;
  for (auto& [currency, one] : owed) {
    // Not from a second look at the ledger: something may have been posted since the first.
    one.currency = currency;
    one.closing = one.opening;
    for (const Movement& movement : one.movements) one.closing += movement.amount;
    if (one.opening != 0 || !one.movements.empty()) data.currencies.push_back(std::move(one));
  }
  co_return http::file_answer("application/pdf",
                              fmt::format("statement-{}-{}-{}.pdf", head->slug, from.str(), data.last.str()),
                              co_await documents::render_elsewhere(documents::statement_paper(data)));
}

}  // namespace

void declare_statement_pdf(http::Routes& routes) {
  routes.tag("Ledger");
  routes.get("/api/partners/{partner_id}/statement.pdf", get_statement_pdf)
      .says("Get a partner's statement as a PDF")
      .explains(
          "Of the days from `from` to before `to` in the organization's zone, of last month unless told: what was owed, "
          "every movement, what is owed. In the partner's language, or the one asked for.")
      .allow(http::Access::partner)
      .needs(http::Permission::earnings_read)
      .as(http::Role::read)
      .answers_type("application/pdf");
}

}  // namespace tandem::earnings
