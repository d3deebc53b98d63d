#include "payouts/statement_pdf.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/language.hpp"
#include "documents/statement_paper.hpp"
#include "http/file_answer.hpp"
#include "payouts/exchanges.hpp"
#include "payouts/payouts.hpp"

namespace tandem::payouts {

namespace {

using documents::Movement;
using documents::MovementKind;
using documents::Word;

constexpr std::size_t kItemsMax = 1'000;  // above, the sums alone
constexpr std::size_t kLinesMax = 30;     // products; above, one line for all

inline constexpr ProblemKind kNoStatement{409, "no_statement",
                                          "A payout has a statement from the moment it is sent"};

struct HeadRow {
  std::string organization, accent, language, partner, slug;
  TimeZone time_zone;
  std::optional<std::string> address, tax_id, street, city, region, postal_code, country;
  std::optional<Day> issued_on;  // of what has a statement
  std::optional<db::Bytes> logo;
};
BOOST_DESCRIBE_STRUCT(HeadRow, (),
                      (organization, accent, language, partner, slug, time_zone, address, tax_id, street,
                       city, region, postal_code, country, issued_on, logo))
// The payee form that counted on the day when the payout was sent, and of a partner without one what is known
// of it.
const db::Query<HeadRow(PayoutId)> kHead{"payouts.head_of_statement", R"sql(
  select o.name as organization, coalesce(o.settings ->> 'brand_accent', '') as accent,
    coalesce(left(p.locale, 2), o.settings ->> 'locale', 'en') as language,
    coalesce(f.legal_name, p.legal_name, p.name) as partner, p.slug, o.time_zone, f.address,
    coalesce(p.tax_id, f.tax_id_hint) as tax_id, p.address ->> 'street' as street, p.address ->> 'city' as city,
    p.address ->> 'region' as region, p.address ->> 'postal_code' as postal_code,
    coalesce(f.country, p.country) as country,
    x.statement_on as issued_on, (select g.content from app.organization_logos g where g.organization_id = $1) as logo
  from app.payouts x
  join app.partners p on p.organization_id = x.organization_id and p.id = x.partner_id
  join app.organizations o on o.organization_id = x.organization_id
  left join lateral (
    select l.legal_name, l.address, l.country, l.tax_id_hint
    from app.payee_forms l
    where l.organization_id = $1 and l.partner_id = x.partner_id and l.state = 'approved'
      and l.decided_at < (x.statement_on + 1)::timestamp at time zone o.time_zone
    order by l.decided_at desc, l.id desc
    limit 1) f on true
  where x.organization_id = $1 and x.id = $2 and x.statement_on is not null
)sql"};

struct ItemRow {
  Timestamp at;
  std::int64_t amount;
  std::optional<std::string> about, reference;
  bool is_carried;  // taken back of what an earlier payout paid
};
BOOST_DESCRIBE_STRUCT(ItemRow, (), (at, amount, about, reference, is_carried))
const db::Query<ItemRow(PayoutId)> kItems{"payouts.items_of_statement", R"sql(
  select e.occurred_at as at, i.amount, c.product as about, coalesce(r.external_id, c.external_id) as reference,
    (i.amount < 0 and not exists (
      select 1 from app.payout_items o
      where o.organization_id = $1 and o.payout_id = i.payout_id and o.id = e.reverses_id)) as is_carried
  from app.payout_items i
  join app.earnings e on e.organization_id = i.organization_id and e.id = i.id
  left join app.conversions c on c.organization_id = $1 and c.id = e.conversion_id
  left join app.reversals r on r.organization_id = $1 and r.id = e.reversal_id
  where i.organization_id = $1 and i.payout_id = $2
  order by e.occurred_at, e.id
)sql"};

struct GetPayoutStatement {
  std::optional<Language> language;
};
BOOST_DESCRIBE_STRUCT(GetPayoutStatement, (), (language))

documents::Party party_of(const HeadRow& row, Language language) {
  documents::Party out{{}, row.partner, {}};
  if (row.address) {
    out.lines.push_back(*row.address);
  } else {
    if (row.street) out.lines.push_back(*row.street);
    std::string place;
    for (const auto* part : {&row.postal_code, &row.city, &row.region})
      if (*part) place += (place.empty() ? "" : " ") + **part;
    if (!place.empty()) out.lines.push_back(std::move(place));
  }
  if (row.country) out.lines.push_back(*row.country);
  if (row.tax_id)
    out.lines.push_back(fmt::format("{} {}", documents::word(Word::tax_id, language), *row.tax_id));
  return out;
}

std::string paid_to(const Payout& payout, Language language) {
  const auto rail = [&]() -> std::string_view {
    switch (payout.rail) {
      case Rail::paypal: return "PayPal";
      case Rail::wise: return "Wise";
      case Rail::stripe: return "Stripe";
      case Rail::bank:
      case Rail::sepa: break;
    }
    return documents::word(Word::bank_account, language);
  }();
  return fmt::format("{}\u00A0{}", rail, payout.account_hint);
}

std::string filled(std::string_view text, std::string_view marker, std::string_view value) {
  std::string out(text);
  if (const auto at = out.find(marker); at != std::string::npos) out.replace(at, marker.size(), value);
  return out;
}

std::vector<std::string> fate_of(const Payout& payout, const TimeZone& zone, Language language) {
  if (payout.state == PayoutState::failed || payout.state == PayoutState::returned)
    return {std::string(documents::word(Word::returned_note, language))};
  if (payout.state != PayoutState::paid) return {};
  const Day day =
      payout.executed_on.value_or(day_in_zone(payout.settled_at.value_or(payout.updated_at), zone));
  return {
      filled(filled(documents::word(Word::paid_note, language), "{day}", documents::day_text(day, language)),
             "{reference}", payout.bank_reference.value_or(payout.reference))};
}

/// Sums by kind and product, and what is carried forward; sets the period.
void add_items(documents::SelfBillingData& data, const std::vector<ItemRow>& rows, const TimeZone& zone) {
  std::map<std::pair<MovementKind, std::string>, documents::BilledLine> lines;
  const Currency currency = data.total.currency;
  const auto kind_of = [](const ItemRow& row) {
    return row.amount > 0 ? MovementKind::earned : MovementKind::taken_back;
  };
  const auto add = [&](bool by_product) {
    lines.clear();
    for (const auto& row : rows) {
      if (row.is_carried) continue;
      const std::string about = by_product ? row.about.value_or("") : "";
      auto& line = lines[{kind_of(row), about}];
      ++line.quantity;
      line.amount = {line.amount.amount + row.amount, currency};
    }
  };
  add(true);
  if (lines.size() > kLinesMax) add(false);
  for (auto& [of, line] : lines) {
    line.description =
        documents::word(of.first == MovementKind::earned ? Word::commission : Word::commission_taken_back,
                        data.head.language);
    if (!of.second.empty()) line.description += " · " + of.second;
    data.lines.push_back(std::move(line));
  }
  bool is_first = true;
  for (const auto& row : rows) {
    const Day day = day_in_zone(row.at, zone);
    if (rows.size() <= kItemsMax)
      data.items.push_back(
          {day, kind_of(row), row.about.value_or(""), row.reference.value_or(""), row.amount});
    if (row.is_carried) {
      data.carried_forward.amount += row.amount;
      continue;
    }
    data.last = day;
    if (std::exchange(is_first, false)) data.from = day;
  }
}

Task<http::Response> get_statement_pdf(db::Tx& tx, PayoutId id, GetPayoutStatement query) {
  const auto payout = co_await get_payout(tx, id);
  if (!payout.statement_number) throw Problem(kNoStatement);
  const auto head = co_await tx.one(kHead, id);
  const Day issued_on = head.issued_on.value();
  const Language language =
      query.language.value_or(json::enum_from<Language>(head.language).value_or(Language::en));
  documents::SelfBillingData data{
      .head = {language, head.organization, head.accent, start_of_day(issued_on, head.time_zone), issued_on,
               head.logo ? head.logo->value : std::string()},
      .partner = party_of(head, language),
      .number = *payout.statement_number,
      .from = issued_on,
      .last = issued_on,
      .lines = {},
      .carried_forward = {0, payout.currency},
      .total = {payout.amount, payout.currency},
      .items = {},
      .paid_to = paid_to(payout, language),
      .sent = {},
      .rate = {},
      .notes = fate_of(payout, head.time_zone, language)};
  if (payout.sent_amount) {
    data.sent = Money{*payout.sent_amount, payout.sent_currency.value()};
    data.rate = rates_text(json::parse<ledger::Exchange>(payout.exchange.value().str()), language);
  }
  add_items(data, co_await tx.all(kItems, id), head.time_zone);
  co_return http::file_answer("application/pdf",
                              fmt::format("self-billing-{}-{}.pdf", head.slug, data.number),
                              co_await documents::render_elsewhere(documents::self_billing_paper(data)));
}

}  // namespace

void declare_statement_pdf(http::Routes& routes) {
  routes.tag("payouts");
  routes.get("/api/payouts/{payout_id}/statement.pdf", get_statement_pdf)
      .says("Get the self-billing statement of a payout as a PDF")
      .explains(
          "What the payout is for, by product and one by one, with what is carried forward from earlier payouts. "
          "Numbered without gaps in the organization's year, from when the payout is sent. In the partner's language, or "
          "the one asked for.")
      .allow(http::Access::partner)
      .needs(http::Permission::payouts_read)
      .as(db::Role::read)
      .refuses({&kNoStatement})
      .answers_type("application/pdf");
}

}  // namespace tandem::payouts
