#include "attribution/links.hpp"

#include "crypto/random.hpp"
#include "identity/api.hpp"
#include "partners/api.hpp"

namespace tandem::attribution {

namespace {

const db::Query<Link(LinkId, PartnerId, Code, Url, std::optional<Text<1, 120>>)> kInsertLink{
    "attribution.insert_link", R"sql(
  insert into app.links as l (organization_id, id, partner_id, code, destination, label)
  values ($1, $2, $3, $4, $5, $6)
  returning l.id, l.partner_id, l.code, l.destination, l.label, l.state, l.created_at, l.updated_at
)sql"};

const db::Query<Link(LinkId)> kLink{"attribution.link", R"sql(
  select l.id, l.partner_id, l.code, l.destination, l.label, l.state, l.created_at, l.updated_at
  from app.links l
  where l.organization_id = $1 and l.id = $2
)sql"};

const db::ListQuery<Link(std::optional<PartnerId>, std::optional<LinkState>, std::optional<std::string>)>
    kListLinks{"attribution.list_links",
               R"sql(
  select l.id, l.partner_id, l.code, l.destination, l.label, l.state, l.created_at, l.updated_at
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
  where l.organization_id = $1 and l.id = $2
  returning l.id, l.partner_id, l.code, l.destination, l.label, l.state, l.created_at, l.updated_at
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
  auto updated = co_await identity::change(tx, db::call(kLink, id),
                                           db::call(kUpdateLink, id, change.destination, change.label.value(),
                                                    change.state, change.label.is_given()));
  if (!updated) throw Problem(kNotFound);
  co_return *std::move(updated);
}

Task<Link> archive_link(db::Tx& tx, LinkId id) {
  const Link link = co_await get_link(tx, id);
  if (link.state == LinkState::archived)
    throw Problem(kState, "The link is archived already; archiving takes an active one.");
  UpdateLink change;
  change.state = LinkState::archived;
  co_return co_await update_link(tx, id, change);
}

}  // namespace

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
      .versioned(kLinkVersion);
  routes.post("/api/links/{link_id}/archiving", archive_link)
      .says("Archive a link")
      .allow(http::Access::partner)
      .needs(http::Permission::links_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
}

}  // namespace tandem::attribution
