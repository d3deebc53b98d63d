#include "partners/deals.hpp"

#include <fmt/format.h>

#include <array>

#include "events/event.hpp"
#include "identity/api.hpp"
#include "partners/rules.hpp"

namespace tandem::partners {

namespace {

const db::Query<db::Nothing(DealId, PartnerId, Text<1, 200>)> kInsertDeal{"partners.insert_deal", R"sql(
  insert into app.deals (organization_id, id, partner_id, name) values ($1, $2, $3, $4)
)sql"};

const db::Query<db::Nothing(DealVersionId, DealId, PartnerId, std::int32_t, Timestamp)> kInsertVersion{
    "partners.insert_deal_version", R"sql(
  insert into app.deal_versions (organization_id, id, deal_id, partner_id, version, valid_from)
  values ($1, $2, $3, $4, $5, $6)
)sql"};

const db::Query<DealSummary(DealId)> kDeal{"partners.deal", R"sql(
  select d.id, d.partner_id, d.name, d.state, v.version, v.valid_from, d.created_at, d.updated_at
  from app.deals d
  join app.deal_versions v on v.organization_id = d.organization_id and v.deal_id = d.id
  where d.organization_id = $1 and d.id = $2
  order by v.version desc limit 1
)sql"};

struct VersionRow {
  DealVersionId id;
  std::int32_t version = 0;
  Timestamp valid_from, created_at;
};
BOOST_DESCRIBE_STRUCT(VersionRow, (), (id, version, valid_from, created_at))
const db::Query<VersionRow(DealId)> kVersions{"partners.deal_versions", R"sql(
  select v.id, v.version, v.valid_from, v.created_at
  from app.deal_versions v
  where v.organization_id = $1 and v.deal_id = $2
  order by v.version
)sql"};

const db::ListQuery<DealSummary(std::optional<PartnerId>, std::optional<DealState>)> kListDeals{
    "partners.list_deals",
    R"sql(
  select d.id, d.partner_id, d.name, d.state, v.version, v.valid_from, d.created_at, d.updated_at
  from app.deals d
  join app.deal_versions v on v.organization_id = d.organization_id and v.deal_id = d.id
  where d.organization_id = $1
    and ($2::uuid is null or d.partner_id = $2)
    and ($3::text is null or d.state = $3)
    and not exists (
      select 1 from app.deal_versions n
      where n.organization_id = $1 and n.deal_id = v.deal_id and n.version > v.version)
)sql",
    "d.id",
    {{"created_at", "d.created_at", "timestamptz"}, {"name", "d.name", "text"}}};

struct LockedDeal {
  PartnerId partner_id;
  DealState state{};
};
BOOST_DESCRIBE_STRUCT(LockedDeal, (), (partner_id, state))
// Two new versions of one deal come one after the other.
const db::Query<LockedDeal(DealId)> kLockDeal{"partners.lock_deal", R"sql(
  select d.partner_id, d.state from app.deals d where d.organization_id = $1 and d.id = $2 for no key update
)sql"};

const db::Query<http::RowVersion(DealId)> kDealRowVersion{"partners.deal_row_version", R"sql(
  select d.updated_at from app.deals d where d.organization_id = $1 and d.id = $2 for no key update
)sql"};

struct DealName {
  Text<1, 200> name;
};
BOOST_DESCRIBE_STRUCT(DealName, (), (name))
const db::Query<DealName(DealId)> kDealName{"partners.deal_name", R"sql(
  select d.name from app.deals d where d.organization_id = $1 and d.id = $2
)sql"};
const db::Query<DealName(DealId, std::optional<Text<1, 200>>)> kUpdateDeal{"partners.update_deal", R"sql(
  update app.deals as d set name = coalesce($3, d.name)
  where d.organization_id = $1 and d.id = $2
  returning d.name
)sql"};

/// What a new version changes, for the audit; the terms stand in the versions themselves.
struct LatestVersion {
  std::int32_t version = 0;
  Timestamp valid_from;
};
BOOST_DESCRIBE_STRUCT(LatestVersion, (), (version, valid_from))

const db::Query<LockedDeal(DealId, DealState, std::vector<DealState>)> kMoveDeal{"partners.move_deal", R"sql(
  update app.deals as d set state = $3
  where d.organization_id = $1 and d.id = $2 and d.state = any ($4)
  returning d.partner_id, d.state
)sql"};

Task<Page<DealSummary>> list_deals(db::Tx& tx, ListDeals query) {
  const auto partner_id = query.partner_id ? query.partner_id : tx.scope().partner_id;
  co_return co_await tx.page(kListDeals, query.sort ? query.sort->str() : "", query.cursor,
                             query.limit.value_or(PageLimit{}), partner_id, query.state);
}

void record_change(db::Tx& tx, std::string_view what, DealId id, PartnerId partner_id, std::string body) {
  events::OutboxRow row{fmt::format("deal.{}", what), partner_id, id.uuid(), std::move(body)};
  events::record(tx, std::array{std::move(row)});
}

/// Queues a version with its terms.
Task<> add_version(db::Tx& tx, DealId deal_id, PartnerId partner_id, std::int32_t version,
                   Timestamp valid_from, std::vector<TermInput> terms) {
  const auto defaults = co_await identity::organization_defaults(tx);
  const auto version_id = tx.new_id<DealVersionId>();
  tx.later(kInsertVersion, version_id, deal_id, partner_id, version, valid_from);
  insert_terms(tx, version_id, partner_id, terms, defaults.default_window_days, defaults.default_hold_days);
}

Task<Deal> update_deal(db::Tx& tx, DealId id, UpdateDeal change) {
  if (!co_await identity::change(tx, db::call(kDealName, id), db::call(kUpdateDeal, id, change.name)))
    throw Problem(kNotFound);
  co_return co_await get_deal(tx, id);
}

Task<Deal> move_deal(db::Tx& tx, DealId id, DealMove move) {
  const auto rule = allowed(move);
  const auto moved =
      co_await identity::change(tx, db::call(kLockDeal, id), db::call(kMoveDeal, id, rule.to, rule.from));
  if (!moved) {
    const auto deal = co_await tx.maybe(kDeal, id);
    if (!deal) throw Problem(kNotFound);
    throw wrong_state(move, deal->state);
  }
  if (rule.to == DealState::active) co_await require_active(tx, moved->partner_id);
  record_change(tx, json::enum_name(move), id, moved->partner_id,
                fmt::format(R"({{"state":"{}"}})", json::enum_name(rule.to)));
  co_return co_await get_deal(tx, id);
}

Task<Deal> pause_deal(db::Tx& tx, DealId id) { return move_deal(tx, id, DealMove::pause); }
Task<Deal> archive_deal(db::Tx& tx, DealId id) { return move_deal(tx, id, DealMove::archiving); }

void declare_moves(http::Routes& routes) {
  routes.post("/api/deals/{deal_id}/activation", activate_deal)
      .says("Put a draft or paused deal in force")
      .allow(http::Access::staff)
      .needs(http::Permission::deals_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState, &kPartnerNotActive});
  routes.post("/api/deals/{deal_id}/pause", pause_deal)
      .says("Pause a deal: it earns nothing until it is active again")
      .allow(http::Access::staff)
      .needs(http::Permission::deals_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
  routes.post("/api/deals/{deal_id}/archiving", archive_deal)
      .says("Archive a paused deal for good")
      .allow(http::Access::staff)
      .needs(http::Permission::deals_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
}

}  // namespace

Task<Deal> get_deal(db::Tx& tx, DealId id) {
  auto [deals, versions, terms] =
      co_await tx.together(db::call(kDeal, id), db::call(kVersions, id), db::call(deal_terms_query(), id));
  if (deals.empty()) throw Problem(kNotFound);
  Deal deal;
  static_cast<DealSummary&>(deal) = std::move(deals.front());
  for (const VersionRow& row : versions) {
    DealVersion version{row.id, row.version, row.valid_from, row.created_at, {}};
    for (const TermRow& term : terms)
      if (term.deal_version_id == row.id) version.terms.push_back(shown(tx, term));
    deal.versions.push_back(std::move(version));
  }
  co_return deal;
}

Task<Deal> create_version(db::Tx& tx, DealId id, CreateDealVersion request) {
  const auto locked = co_await tx.maybe(kLockDeal, id);
  if (!locked) throw Problem(kNotFound);
  co_await require_terms(tx, locked->partner_id, request.terms);
  if (locked->state == DealState::archived)
    throw Problem(kState, "The deal is archived; a version is added to a draft, active or paused one.");
  const auto versions = co_await tx.all(kVersions, id);
  const Timestamp valid_from = request.valid_from.value_or(tx.now());
  if (locked->state != DealState::draft && valid_from < tx.now())
    throw invalid_field("/valid_from", "out_of_range", "not in the past: what was in force stays as it was");
  if (valid_from <= versions.back().valid_from)
    throw invalid_field(
        "/valid_from", "out_of_range",
        fmt::format("after {}, when the latest version begins", versions.back().valid_from.str()));
  const std::int32_t version = versions.back().version + 1;
  co_await add_version(tx, id, locked->partner_id, version, valid_from, std::move(request.terms));
  identity::note_change(tx, LatestVersion{version - 1, versions.back().valid_from},
                        LatestVersion{version, valid_from});
  record_change(tx, "version", id, locked->partner_id, fmt::format(R"({{"version":{}}})", version));
  co_return co_await get_deal(tx, id);
}

Task<Deal> create_deal(db::Tx& tx, PartnerId partner_id, CreateDeal request) {
  const auto state = co_await state_of(tx, partner_id);
  if (!state) throw Problem(kNotFound);
  co_await require_terms(tx, partner_id, request.terms);
  if (*state == PartnerState::archived || *state == PartnerState::rejected)
    throw Problem(kState,
                  fmt::format("The partner is {}; a deal is made with an applied, active or suspended one.",
                              json::enum_name(*state)));
  const auto id = tx.new_id<DealId>();
  tx.later(kInsertDeal, id, partner_id, request.name);
  co_await add_version(tx, id, partner_id, 1, request.valid_from.value_or(tx.now()),
                       std::move(request.terms));
  record_change(tx, "created", id, partner_id, "{}");
  co_return co_await get_deal(tx, id);
}

Task<Deal> activate_deal(db::Tx& tx, DealId id) { return move_deal(tx, id, DealMove::activation); }

void declare_deals(http::Routes& routes) {
  routes.tag("deals");
  routes.post("/api/partners/{partner_id}/deals", create_deal)
      .says("Draft a deal with its commission terms")
      .explains(
          "The deal earns nothing until it is activated. Terms that name no hold or window take the organization's. A "
          "commission's `split` gives parts of it to other active partners, adding up to the cent, also when some of it is "
          "taken back; caps are of the whole commission, and what is on top of it for who is above a partner is of the "
          "deal's partner's own part.")
      .allow(http::Access::staff)
      .needs(http::Permission::deals_manage)
      .as(db::Role::write)
      .refuses({&kState});
  routes.get("/api/deals", list_deals)
      .says("List deals; a partner's own")
      .allow(http::Access::partner)
      .needs(http::Permission::deals_read)
      .as(db::Role::read);
  routes.get("/api/deals/{deal_id}", get_deal)
      .says("Get a deal with every version and its terms")
      .allow(http::Access::partner)
      .needs(http::Permission::deals_read)
      .as(db::Role::read);
  routes.patch("/api/deals/{deal_id}", update_deal)
      .says("Rename a deal")
      .allow(http::Access::staff)
      .needs(http::Permission::deals_manage)
      .as(db::Role::write)
      .versioned(kDealRowVersion);
  routes.post("/api/deals/{deal_id}/versions", create_version)
      .says("Change a deal's terms from an instant on")
      .explains(
          "A version replaces the one before it from `valid_from`; what was in force before stays as it was.")
      .allow(http::Access::staff)
      .needs(http::Permission::deals_manage)
      .as(db::Role::write)
      .refuses({&kState});
  declare_moves(routes);
  declare_drafts(routes);
  declare_templates(routes);
}

}  // namespace tandem::partners
