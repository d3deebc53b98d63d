#include "app/import_store.hpp"

#include <cstring>

#include "attribution/api.hpp"
#include "crypto/hmac.hpp"
#include "partners/api.hpp"

namespace tandem::app {
namespace {

using attribution::ConversionFacts;
using attribution::Outcome;
using attribution::Recorded;
using attribution::ReversalFacts;
using importing::Batch;

struct EarnedRow {
  Currency currency;
  std::int64_t earned, taken_back;
};
BOOST_DESCRIBE_STRUCT(EarnedRow, (), (currency, earned, taken_back))
const db::Query<EarnedRow(std::vector<Uuid>, std::vector<Uuid>)> kEarned{"app.earned_by_import", R"sql(
  select e.currency, coalesce(sum(e.amount) filter (where e.amount > 0), 0)::bigint as earned,
    coalesce(sum(e.amount) filter (where e.amount < 0), 0)::bigint as taken_back
  from (
    select currency, amount
    from app.earnings
    where organization_id = $1 and conversion_id = any($2) and reversal_id is null
    union all
    select currency, amount
    from app.earnings
    where organization_id = $1 and reversal_id = any($3)) e
  group by e.currency
)sql"};

/// The id of an imported visit: its time, and the rest from the SHA-256 of source and external id, so that
/// the same row is the same visit again.
attribution::VisitId visit_id(std::string_view source, const importing::VisitRow& row) {
  const std::string digest = crypto::sha256(fmt::format("{}\n{}", source, row.external_id));
  std::array<std::uint8_t, 10> tail{};
  std::memcpy(tail.data(), digest.data(), tail.size());
  return attribution::VisitId{Uuid::v7(row.at.unix_ms(), tail)};
}

constexpr std::size_t kBatch = 500;

}  // namespace

ImportStore::ImportStore(db::Pool& pool, OrganizationId organization_id, importing::ImportReader& reader,
                         std::string key, bool dry_run)
    : pool_(pool),
      organization_id_(organization_id),
      reader_(reader),
      key_(std::move(key)),
      dry_run_(dry_run) {}

Task<std::int64_t> ImportStore::prepare(db::Tx& tx) {
  const auto& mapping = reader_.mapping();
  std::vector<partners::NamedPartner> named;
  for (const auto& partner : reader_.partners()) {
    if (partner.id) continue;
    const auto slug = Slug::parse(partner.slug);
    const auto name = Text<1, 200>::parse(partner.name);
    if (slug && name) named.push_back({*slug, *name});
  }
  std::vector<partners::FoundPartner> found;
  if (mapping.partner.create && mapping.deal)
    found = co_await partners::ensure_partners(tx, named, mapping.deal->name, mapping.deal->term);
  else
    found = co_await partners::find_partners(tx, named);
  partners_.clear();
  counts_.partners_created = 0;
  for (const auto& partner : found) {
    partners_.emplace(partner.slug.str(), partner.id);
    if (partner.is_new) ++counts_.partners_created;
  }
  co_return co_await attribution::import_mark(tx, key_);
}

Task<bool> ImportStore::run(std::function<void(std::size_t)> progress) {
  const db::Scope scope{organization_id_, db::ActorKind::system, ActorId{}, std::nullopt};
  if (dry_run_) {
    co_await run_dry(progress);
    co_return false;
  }
  std::int64_t mark = 0;
  co_await db::run_tx(pool_, scope, db::Role::money,
                      [&](db::Tx& tx) -> Task<> { mark = co_await prepare(tx); });
  // A file that was done before is gone through again: what is known stays as it is, what was refused (its
  // link did not exist, say) may be taken now.
  if (static_cast<std::size_t>(mark) >= reader_.rows()) mark = 0;
  reader_.skip(static_cast<std::size_t>(mark));
  while (const auto batch = reader_.next(kBatch)) {
    ImportCounts counts;
    // Visits belong to app_write; what may earn, to app_money.
    const auto role = batch->visits.empty() ? db::Role::money : db::Role::write;
    co_await db::run_tx(pool_, scope, role, [&](db::Tx& tx) -> Task<> {
      counts = counts_;
      co_await write(tx, *batch, counts);
      attribution::set_import_mark(tx, key_, static_cast<std::int64_t>(batch->mark));
    });
    counts_ = std::move(counts);
    settle();
    progress(batch->mark);
  }
  co_return mark > 0;
}

Task<> ImportStore::run_dry(const std::function<void(std::size_t)>& progress) {
  const db::Scope scope{organization_id_, db::ActorKind::system, ActorId{}, std::nullopt};
  const auto role = reader_.mapping().kind == importing::Kind::visits ? db::Role::write : db::Role::money;
  auto lease = co_await pool_.acquire(role);
  db::Tx tx(*lease, scope, role);
  std::exception_ptr failure;
  try {
    co_await prepare(tx);
    while (const auto batch = reader_.next(kBatch)) {
      ImportCounts counts = counts_;
      co_await write(tx, *batch, counts);
      counts_ = std::move(counts);
      settle();
      progress(batch->mark);
    }
  } catch (...) {
    failure = std::current_exception();
  }
  co_await tx.rollback();
  if (failure) std::rethrow_exception(failure);
}

Task<> ImportStore::write(db::Tx& tx, const Batch& batch, ImportCounts& counts) {
  refused_.clear();
  if (!batch.conversions.empty()) co_await write_conversions(tx, batch, counts);
  if (!batch.leads.empty()) co_await write_leads(tx, batch, counts);
  if (!batch.visits.empty()) co_await write_visits(tx, batch, counts);
}

void ImportStore::settle() {
  for (auto& r : refused_) reader_.refuse(r.row, r.code, r.column, r.reason);
  refused_.clear();
}

std::optional<PartnerId> ImportStore::partner_of(const std::optional<importing::PartnerName>& name) const {
  if (!name) return std::nullopt;
  if (name->id) return name->id;
  const auto it = partners_.find(name->slug);
  return it == partners_.end() ? std::nullopt : std::optional(it->second);
}

Task<> ImportStore::write_conversions(db::Tx& tx, const Batch& batch, ImportCounts& counts) {
  std::vector<ConversionFacts> sales;
  std::vector<ReversalFacts> credits;
  std::vector<const importing::ConversionRow*> sale_rows, credit_rows;
  const bool unattributed = reader_.mapping().partner.unattributed;
  for (const auto& row : batch.conversions) {
    const auto partner_id = partner_of(row.partner);
    if (row.partner && !partner_id && !unattributed) {
      refused_.push_back({row.row, "partner_unknown", "", "there is no partner " + row.partner->slug});
      continue;
    }
    if (const auto* sale = std::get_if<ConversionFacts>(&row.facts)) {
      sales.push_back(*sale);
      if (partner_id) sales.back().who.partner_id = partner_id;
      sales.back().needs_attribution = !unattributed;
      sale_rows.push_back(&row);
    } else {
      credits.push_back(std::get<ReversalFacts>(row.facts));
      if (partner_id) credits.back().who.partner_id = partner_id;
      credit_rows.push_back(&row);
    }
  }
  std::vector<Uuid> sale_ids, credit_ids;
  if (!sales.empty()) {
    const auto outcomes = co_await attribution::record_conversions(tx, sales);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (outcomes[i].outcome == Outcome::recorded) sale_ids.push_back(outcomes[i].id);
      count_sale(*sale_rows[i], outcomes[i].outcome, sales[i], counts);
    }
  }
  if (!credits.empty()) {
    const auto outcomes = co_await attribution::record_reversals(tx, credits);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (outcomes[i].outcome == Outcome::recorded) credit_ids.push_back(outcomes[i].id);
      count_credit(*credit_rows[i], outcomes[i].outcome, credits[i], counts);
    }
  }
  for (const auto& row : co_await tx.all(kEarned, sale_ids, credit_ids)) {
    counts.totals[row.currency].earned += row.earned;
    counts.totals[row.currency].taken_back += row.taken_back;
  }
}

void ImportStore::count_sale(const importing::ConversionRow& row, Outcome outcome,
                             const ConversionFacts& sale, ImportCounts& counts) {
  if (outcome == Outcome::recorded) {
    ++counts.sales;
    if (sale.gross.sign() == 0) ++counts.sales_zero;
    counts.totals[sale.currency].sales = counts.totals[sale.currency].sales + sale.gross;
  } else if (outcome == Outcome::known) {
    ++counts.sales_unchanged;
  } else {
    refuse(row, outcome);
  }
}

void ImportStore::count_credit(const importing::ConversionRow& row, Outcome outcome,
                               const ReversalFacts& credit, ImportCounts& counts) {
  if (outcome == Outcome::recorded) {
    ++counts.credits;
    counts.totals[credit.currency].credits = counts.totals[credit.currency].credits + -credit.amount;
  } else if (outcome == Outcome::known || outcome == Outcome::nothing_left) {
    ++counts.credits_unchanged;
  } else {
    refuse(row, outcome);
  }
}

void ImportStore::refuse(const importing::ConversionRow& row, Outcome outcome) {
  if (outcome == Outcome::known_differently)
    refused_.push_back({row.row, "already_different", "", "this external_id is stored with other content"});
  else if (outcome == Outcome::no_conversion)
    refused_.push_back({row.row, "reference_unknown", "", "the conversion that it takes back is not known"});
  else if (outcome == Outcome::currency_differs)
    refused_.push_back({row.row, "currency", "", "not the currency of the conversion that it takes back"});
  else
    refused_.push_back({row.row, "lead_unknown", "", "no lead, link, coupon or partner matches"});
}

Task<> ImportStore::write_leads(db::Tx& tx, const Batch& batch, ImportCounts& counts) {
  std::vector<attribution::LeadFacts> leads;
  for (const auto& row : batch.leads) {
    const auto email = row.email ? Email::parse(*row.email) : std::nullopt;
    const auto phone = row.phone ? Phone::parse(*row.phone) : std::nullopt;
    if (row.email && !email) {
      refused_.push_back({row.row, "email", "email", "not an e-mail address"});
      continue;
    }
    if (row.phone && !phone) {
      refused_.push_back({row.row, "phone", "phone", "not a phone number: + and 7 to 15 digits"});
      continue;
    }
    attribution::LeadFacts facts{
        .email = email,
        .phone = phone,
        .name = row.name,
        .external_id = row.customer_external_id ? row.customer_external_id : std::optional(row.external_id),
        .visitor_id = row.visitor_id,
        .coupon_code = row.coupon_code,
        .link_code = row.link_code,
        .click_visit_id = row.click_id ? attribution::verify_click_id(*row.click_id) : std::nullopt,
        .partner_id = partner_of(row.partner),
        .source = attribution::LeadSource::import_,
        .occurred_at = row.at};
    leads.push_back(std::move(facts));
  }
  if (leads.empty()) co_return;
  for (const auto& result : co_await attribution::create_leads(tx, std::move(leads))) {
    ++(result.is_new ? counts.leads : counts.leads_unchanged);
    if (result.is_new && result.is_attributed) ++counts.leads_attributed;
  }
}

Task<> ImportStore::write_visits(db::Tx& tx, const Batch& batch, ImportCounts& counts) {
  std::vector<std::string> codes;
  for (const auto& row : batch.visits) codes.push_back(row.link_code);
  const auto links = co_await attribution::links_by_code(tx, std::move(codes));
  std::vector<attribution::VisitFacts> visits;
  for (const auto& row : batch.visits) {
    const auto link = links.find(row.link_code);
    if (link == links.end()) {
      refused_.push_back({row.row, "link_unknown", "link_code", "there is no link of this code"});
      continue;
    }
    visits.push_back({.organization_id = organization_id_,
                      .id = visit_id(reader_.mapping().source.name, row),
                      .partner_id = link->second.partner_id,
                      .link_id = link->second.link_id,
                      .visitor_id = row.visitor_id,
                      .is_crawler = row.user_agent && attribution::is_crawler(*row.user_agent),
                      .is_inactive = false,
                      .source = attribution::VisitSource::import_,
                      .at = row.at,
                      .landing_url = row.landing_url,
                      .referrer = row.referrer,
                      .user_agent = row.user_agent,
                      .ip = row.ip_address});
  }
  if (visits.empty()) co_return;
  for (const auto& status : co_await attribution::import_visits(tx, visits)) {
    if (!status) {
      ++counts.visits_unchanged;
      continue;
    }
    ++counts.visits;
    if (*status == attribution::VisitStatus::crawler) ++counts.crawlers;
    if (*status == attribution::VisitStatus::duplicate) ++counts.duplicates;
  }
}

}  // namespace tandem::app
