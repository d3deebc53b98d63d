// The next version of a deal before it is published: written as often as wanted, compared with what is in
// force, and published from an instant on. Nobody earns by a draft.
#include <fmt/format.h>

#include "identity/api.hpp"
#include "partners/comparison.hpp"
#include "partners/deals.hpp"

namespace tandem::partners {

namespace {

struct WriteDraft {
  std::vector<TermInput> terms;  // 1 to 20
};
BOOST_DESCRIBE_STRUCT(WriteDraft, (), (terms))

struct PublishDraft {
  std::optional<Timestamp> valid_from;  // now unless told
};
BOOST_DESCRIBE_STRUCT(PublishDraft, (), (valid_from))

struct DealDraft {
  DealId deal_id;
  std::vector<TermInput> terms;
  std::int32_t compared_with = 0;  // the version in force, or the latest while none is
  std::vector<ComparedTerm> comparison;
  ActorId author_id;
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(DealDraft, (),
                      (deal_id, terms, compared_with, comparison, author_id, created_at, updated_at))

const db::Query<db::Nothing(DealId, PartnerId, JsonObject, ActorId)> kWriteDraft{"partners.write_draft",
                                                                                 R"sql(
  insert into app.deal_drafts (organization_id, deal_id, partner_id, terms, author_id)
  values ($1, $2, $3, $4, $5)
  on conflict (organization_id, deal_id) do update set terms = excluded.terms, author_id = excluded.author_id
)sql"};

struct DraftRow {
  JsonObject terms;  // a JSON list
  ActorId author_id;
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(DraftRow, (), (terms, author_id, created_at, updated_at))
const db::Query<DraftRow(DealId)> kDraft{"partners.draft", R"sql(
  select t.terms, t.author_id, t.created_at, t.updated_at
  from app.deal_drafts t
  where t.organization_id = $1 and t.deal_id = $2
)sql"};

const db::Query<DraftRow(DealId)> kTakeDraft{"partners.take_draft", R"sql(
  delete from app.deal_drafts as t
  where t.organization_id = $1 and t.deal_id = $2
  returning t.terms, t.author_id, t.created_at, t.updated_at
)sql"};

/// The version in force at `at`; the latest while none has begun.
const DealVersion& base_of(const Deal& deal, Timestamp at) {
  for (auto i = deal.versions.rbegin(); i != deal.versions.rend(); ++i)
    if (i->valid_from <= at) return *i;
  return deal.versions.back();
}

Task<DealDraft> get_draft(db::Tx& tx, DealId deal_id) {
  const auto row = co_await tx.maybe(kDraft, deal_id);
  if (!row) throw Problem(kNotFound);
  const Deal deal = co_await get_deal(tx, deal_id);
  const DealVersion& base = base_of(deal, tx.now());
  const auto defaults = co_await identity::organization_defaults(tx);
  DealDraft out;
  out.deal_id = deal_id;
  out.terms = json::parse<std::vector<TermInput>>(row->terms.str());
  for (auto& term : out.terms)
    term = with_defaults(std::move(term), defaults.default_window_days, defaults.default_hold_days);
  std::vector<TermInput> before;
  for (const DealTerm& term : base.terms) before.push_back(input_of(term));
  out.compared_with = base.version;
  out.comparison = compare_terms(before, out.terms);
  out.author_id = row->author_id;
  out.created_at = row->created_at;
  out.updated_at = row->updated_at;
  co_return out;
}

Task<DealDraft> put_draft(db::Tx& tx, DealId deal_id, WriteDraft request) {
  const Deal deal = co_await get_deal(tx, deal_id);
  co_await require_terms(tx, deal.partner_id, request.terms);
  if (deal.state == DealState::archived)
    throw Problem(kState, "The deal is archived; a draft is of a draft, active or paused one.");
  tx.later(kWriteDraft, deal_id, deal.partner_id, JsonObject::trusted(json::print(request.terms)),
           tx.scope().actor_id);
  co_return co_await get_draft(tx, deal_id);
}

Task<http::NoContent> delete_draft(db::Tx& tx, DealId deal_id) {
  if (!co_await tx.maybe(kTakeDraft, deal_id)) throw Problem(kNotFound);
  co_return http::NoContent{};
}

Task<Deal> publish_draft(db::Tx& tx, DealId deal_id, PublishDraft request) {
  const auto row = co_await tx.maybe(kTakeDraft, deal_id);
  if (!row) {
    co_await get_deal(tx, deal_id);
    throw Problem(kState, "The deal has no draft; a publication takes one.");
  }
  CreateDealVersion version;
  version.valid_from = request.valid_from;
  version.terms = json::parse<std::vector<TermInput>>(row->terms.str());
  co_return co_await create_version(tx, deal_id, std::move(version));
}

/// As the calculator reads it.
Term term_of(const Deal& deal, int position, const TermInput& input) {
  Term term;
  term.deal_id = deal.id;
  term.partner_id = deal.partner_id;
  term.position = position;
  term.kind = *input.kind;
  term.trigger = input.trigger;
  term.method = input.method;
  term.rate = input.rate_ppm.value_or(RatePpm{});
  term.amount = input.amount.value_or(0);
  term.currency = input.currency;
  term.base = *input.base;
  term.duration = *input.duration;
  term.duration_months = input.duration_months.value_or(0);
  term.window_days = *input.window_days;
  term.model = *input.model;
  term.coupon_wins = *input.coupon_wins;
  term.hold_days = *input.hold_days;
  term.cap_per_conversion = input.cap_per_conversion;
  term.cap_per_month = input.cap_per_month;
  term.conditions = *input.conditions;
  term.any_of = *input.any_of;
  term.level = input.level.value_or(0);
  term.tier_by = input.tier_by.value_or(TierBy::volume);
  term.tier_period = input.tier_period.value_or(TierPeriod::month);
  term.tiers = *input.tiers;
  term.cap_per_deal = input.cap_per_deal;
  term.cap_per_partner = input.cap_per_partner;
  term.cap_per_year = input.cap_per_year;
  term.split = *input.split;
  return term;
}

}  // namespace

Task<std::optional<std::vector<Term>>> draft_terms(db::Tx& tx, DealId deal_id) {
  const auto row = co_await tx.maybe(kDraft, deal_id);
  if (!row) co_return std::nullopt;
  const Deal deal = co_await get_deal(tx, deal_id);
  const auto defaults = co_await identity::organization_defaults(tx);
  std::vector<Term> out;
  for (auto& input : json::parse<std::vector<TermInput>>(row->terms.str()))
    out.push_back(
        term_of(deal, static_cast<int>(out.size()),
                with_defaults(std::move(input), defaults.default_window_days, defaults.default_hold_days)));
  co_return out;
}

void declare_drafts(http::Routes& routes) {
  constexpr std::string_view kPath = "/api/deals/{deal_id}/draft";
  routes.put(std::string(kPath), put_draft)
      .says("Write the draft of a deal's next version")
      .allow(http::Access::staff)
      .needs(http::Permission::deals_manage)
      .as(db::Role::write)
      .refuses({&kState});
  routes.get(std::string(kPath), get_draft)
      .says("Get the draft of a deal's next version, compared with what is in force")
      .explains("Term by term and field by field, in words (English) and as data.")
      .allow(http::Access::staff)
      .needs(http::Permission::deals_read)
      .as(db::Role::read);
  routes.del(std::string(kPath), delete_draft)
      .says("Drop the draft of a deal's next version")
      .allow(http::Access::staff)
      .needs(http::Permission::deals_manage)
      .as(db::Role::write);
  routes.post(std::string(kPath) + "/publication", publish_draft)
      .says("Publish the draft as the deal's next version, from an instant on")
      .explains("What was in force before stays as it was; nothing that was earned changes.")
      .allow(http::Access::staff)
      .needs(http::Permission::deals_manage)
      .as(db::Role::write)
      .refuses({&kState});
}

}  // namespace tandem::partners
