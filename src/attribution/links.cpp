#include "attribution/links.hpp"

#include "crypto/random.hpp"
#include "events/event.hpp"
#include "identity/api.hpp"
#include "partners/api.hpp"

namespace tandem::attribution {

namespace {

const db::Query<Link(LinkId, PartnerId, Code, Url, std::optional<Text<1, 120>>)> kInsertLink{
    "attribution.insert_link", R"sql(
  insert into app.links as l (organization_id, id, partner_id, code, destination, label)
  values ($1, $2, $3, $4, $5, $6)
  returning l.id, l.partner_id, l.code, l.destination, l.label, l.state, l.state_reason, l.created_at, l.updated_at
)sql"};

const db::Query<Link(LinkId)> kLink{"attribution.link", R"sql(
  select l.id, l.partner_id, l.code, l.destination, l.label, l.state, l.state_reason, l.created_at, l.updated_at
  from app.links l
  where l.organization_id = $1 and l.id = $2
)sql"};

const db::ListQuery<Link(std::optional<PartnerId>, std::optional<LinkState>, std::optional<std::string>)>
    kListLinks{"attribution.list_links",
               R"sql(
  select l.id, l.partner_id, l.code, l.destination, l.label, l.state, l.state_reason, l.created_at, l.updated_at
  from app.links l
  where l.organization_id = $1
    and ($2::uuid is null or l.partner_id = $2)
    and ($3::text is null or l.state = $3)
    and ($4::text is null or l.code_normalised = $4)
)sql",
               "l.id",
               {{"created_at", "l.created_at", "timestamptz"}, {"code", "l.code", "text"}}};

const db::Query<http::RowVersion(LinkId)> kLinkVersion{"attribution.link_version", R"sql(
  select l.updated_at from app.links l where l.organization_id = $1 and l.id = $2 for no key update
)sql"};

const db::Query<Link(LinkId, std::optional<Url>, std::optional<Text<1, 120>>, std::optional<LinkState>, bool)>
    kUpdateLink{"attribution.update_link", R"sql(
  update app.links as l
  set destination = coalesce($3, l.destination), label = case when $6 then $4 else l.label end,
      state = coalesce($5, l.state)
  where l.organization_id = $1 and l.id = $2 and not (l.state = 'paused' and $5 is not distinct from 'active')
  returning l.id, l.partner_id, l.code, l.destination, l.label, l.state, l.state_reason, l.created_at, l.updated_at
)sql"};

const db::Query<Link(std::vector<LinkId>, std::string)> kPause{"attribution.pause_links", R"sql(
  update app.links as l set state = 'paused', state_reason = $3
  where l.organization_id = $1 and l.id = any($2) and l.state = 'active'
  returning l.id, l.partner_id, l.code, l.destination, l.label, l.state, l.state_reason, l.created_at, l.updated_at
)sql"};
const db::Query<Link(LinkId)> kResume{"attribution.resume_link", R"sql(
  update app.links as l set state = 'active', state_reason = null
  where l.organization_id = $1 and l.id = $2 and l.state = 'paused'
  returning l.id, l.partner_id, l.code, l.destination, l.label, l.state, l.state_reason, l.created_at, l.updated_at
)sql"};

/// 8 of 31 characters that cannot be misread, about 40 bits: a made-up code is free unless somebody has bad
/// luck.
Code made_up_code() { return Code::parse(crypto::random_text(8)).value(); }

Task<Link> get_link(db::Tx& tx, LinkId id) {
  auto found = co_await tx.maybe(kLink, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<Page<Link>> list_links(db::Tx& tx, ListLinks query) {
  const auto partner_id = query.partner_id ? query.partner_id : tx.scope().partner_id;
  const auto code = query.code ? std::optional{query.code->normalised()} : std::nullopt;
  co_return co_await tx.page(kListLinks, query.sort ? query.sort->str() : "", query.cursor,
                             query.limit.value_or(PageLimit{}), partner_id, query.state, code);
}

Task<Link> update_link(db::Tx& tx, LinkId id, UpdateLink change) {
  if (change.state == LinkState::paused)
    throw invalid_field("/state", "out_of_range", "a link is paused with a reason: POST …/pause");
  auto updated = co_await identity::change(tx, db::call(kLink, id),
                                           db::call(kUpdateLink, id, change.destination, change.label.value(),
                                                    change.state, change.label.is_given()));
  if (updated) co_return *std::move(updated);
  co_await get_link(tx, id);
  throw Problem(kState, "The link is paused; who paused it resumes it.");
}

/// Tells of links that were paused or resumed.
void record_moves(db::Tx& tx, std::string_view kind, const std::vector<Link>& links) {
  std::vector<events::OutboxRow> rows;
  for (const auto& link : links) rows.push_back({std::string(kind), link.partner_id, link.id.uuid(), "{}"});
  events::record(tx, rows);
}

Task<Link> pause_link(db::Tx& tx, LinkId id, PauseLink request) {
  const auto paused = co_await tx.all(kPause, std::vector{id}, request.reason.str());
  if (paused.empty()) {
    const Link link = co_await get_link(tx, id);
    throw Problem(kState,
                  fmt::format("The link is {}; an active one is paused.", json::enum_name(link.state)));
  }
  record_moves(tx, "link.paused", paused);
  co_return paused.front();
}

Task<Link> resume_link(db::Tx& tx, LinkId id) {
  const auto resumed = co_await tx.all(kResume, id);
  if (resumed.empty()) {
    const Link link = co_await get_link(tx, id);
    throw Problem(kState, fmt::format("The link is {}; a paused one goes on.", json::enum_name(link.state)));
  }
  record_moves(tx, "link.resumed", resumed);
  co_return resumed.front();
}

struct PausePayload {
  std::vector<LinkId> link_ids;
  Text<1, 500> reason;
};
BOOST_DESCRIBE_STRUCT(PausePayload, (), (link_ids, reason))

/// As a person would; nothing of links that are not active any more.
Task<> pause_links(db::Tx& tx, std::span<const jobs::Job> batch) {
  for (const auto& job : batch) {
    const auto payload = json::parse<PausePayload>(job.payload);
    record_moves(tx, "link.paused", co_await tx.all(kPause, payload.link_ids, payload.reason.str()));
  }
}

Task<Link> archive_link(db::Tx& tx, LinkId id) {
  const Link link = co_await get_link(tx, id);
  if (link.state == LinkState::archived) throw Problem(kState, "The link is archived already.");
  UpdateLink change;
  change.state = LinkState::archived;
  co_return co_await update_link(tx, id, change);
}

}  // namespace

jobs::Kind pause_links_job() {
  jobs::Kind kind;
  kind.name = "attribution.pause_links";
  kind.run = pause_links;
  return kind;
}

Task<Link> create_link(db::Tx& tx, PartnerId partner_id, CreateLink request) {
  co_await partners::require_active(tx, partner_id);
  const auto id = tx.new_id<LinkId>();
  const Code code = request.code ? *request.code : made_up_code();
  if (!co_await identity::claim_code(tx, identity::CodeKind::link, code.normalised(), id.uuid()))
    throw Problem(kCodeTaken);
  co_return co_await tx.one(kInsertLink, id, partner_id, code, request.destination, request.label);
}

void declare_links(http::Routes& routes) {
  routes.tag("links");
  routes.post("/api/partners/{partner_id}/links", create_link)
      .says("Create a link of a partner")
      .allow(http::Access::partner)
      .needs(http::Permission::links_manage)
      .as(db::Role::write)
      .refuses({&partners::kPartnerNotActive, &kCodeTaken});
  routes.get("/api/links", list_links)
      .says("List links; a partner's own")
      .allow(http::Access::partner)
      .needs(http::Permission::links_read)
      .as(db::Role::read);
  routes.get("/api/links/{link_id}", get_link)
      .says("Get a link")
      .allow(http::Access::partner)
      .needs(http::Permission::links_read)
      .as(db::Role::read);
  routes.patch("/api/links/{link_id}", update_link)
      .says("Change a link's destination, label or state")
      .explains("What is absent stays as it is; null clears the label. An archived link leads nowhere.")
      .allow(http::Access::partner)
      .needs(http::Permission::links_manage)
      .as(db::Role::write)
      .versioned(kLinkVersion)
      .refuses({&kState});
  routes.post("/api/links/{link_id}/pause", pause_link)
      .says("Pause an active link, with a reason that its partner reads")
      .explains("It leads where it led; what comes by it is stored and does not count.")
      .allow(http::Access::staff)
      .needs(http::Permission::links_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
  routes.post("/api/links/{link_id}/resumption", resume_link)
      .says("Let a paused link count again")
      .allow(http::Access::staff)
      .needs(http::Permission::links_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
  routes.post("/api/links/{link_id}/archiving", archive_link)
      .says("Archive a link")
      .allow(http::Access::partner)
      .needs(http::Permission::links_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
}

}  // namespace tandem::attribution
