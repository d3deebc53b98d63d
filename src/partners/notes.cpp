#include "partners/notes.hpp"

#include "partners/module.hpp"
#include "partners/partners.hpp"

namespace tandem::partners {

namespace {

constexpr std::size_t kTagsMax = 20;

const db::Query<PartnerNote(PartnerNoteId, PartnerId, Lines<4000>, ActorId)> kInsertNote{
    "partners.insert_note", R"sql(
  insert into app.partner_notes as n (organization_id, id, partner_id, body, author_id) values ($1, $2, $3, $4, $5)
  returning n.id, n.partner_id, n.body, n.author_id, n.created_at, n.updated_at
)sql"};

const db::ListQuery<PartnerNote(PartnerId)> kListNotes{"partners.list_notes",
                                                       R"sql(
  select n.id, n.partner_id, n.body, n.author_id, n.created_at, n.updated_at
  from app.partner_notes n
  where n.organization_id = $1 and n.partner_id = $2
)sql",
                                                       "n.id",
                                                       {{"created_at", "n.created_at", "timestamptz"}}};

const db::Query<PartnerNote(PartnerNoteId, Lines<4000>)> kUpdateNote{"partners.update_note", R"sql(
  update app.partner_notes as n set body = $3
  where n.organization_id = $1 and n.id = $2
  returning n.id, n.partner_id, n.body, n.author_id, n.created_at, n.updated_at
)sql"};

const db::Query<http::RowVersion(PartnerNoteId)> kNoteVersion{"partners.note_version", R"sql(
  select n.updated_at from app.partner_notes n where n.organization_id = $1 and n.id = $2 for no key update
)sql"};

const db::Query<db::Nothing(PartnerNoteId)> kDeleteNote{"partners.delete_note", R"sql(
  delete from app.partner_notes as n where n.organization_id = $1 and n.id = $2
)sql"};

const db::Query<db::PersonalRow(std::string)> kNotesNaming{"partners.notes_naming", R"sql(
  select jsonb_build_object('id', n.id, 'partner_id', n.partner_id, 'body', n.body, 'created_at', n.created_at) as data
  from app.partner_notes n
  where n.organization_id = $1 and n.body ~* $2
  order by n.id
  limit 1000
)sql"};
const db::Query<db::Nothing(std::string)> kBlankNotes{"partners.blank_notes", R"sql(
  update app.partner_notes as n set body = regexp_replace(n.body, $2, '[erased]', 'gi')
  where n.organization_id = $1 and n.body ~* $2
)sql"};

struct TagRow {
  Text<1, 40> tag;
};
BOOST_DESCRIBE_STRUCT(TagRow, (), (tag))
const db::Query<TagRow(PartnerId)> kTagsOf{"partners.tags_of", R"sql(
  select t.tag from app.partner_tags t where t.organization_id = $1 and t.partner_id = $2 order by t.tag
)sql"};

const db::Query<db::Nothing(PartnerId)> kDeleteTags{"partners.delete_tags", R"sql(
  delete from app.partner_tags as t where t.organization_id = $1 and t.partner_id = $2
)sql"};

const db::Query<db::Nothing(PartnerId, std::vector<Text<1, 40>>)> kInsertTags{"partners.insert_tags", R"sql(
  insert into app.partner_tags (organization_id, partner_id, tag)
  select $1, $2, lower(u.tag) from unnest($3::text[]) as u(tag)
  on conflict do nothing
)sql"};

const db::Query<KnownTag()> kKnownTags{"partners.known_tags", R"sql(
  select t.tag, count(*) as partners
  from app.partner_tags t
  where t.organization_id = $1
  group by t.tag
  order by count(*) desc, t.tag
  limit 500
)sql"};

Task<PartnerNote> create_note(db::Tx& tx, PartnerId partner_id, WriteNote request) {
  co_await get_partner(tx, partner_id);
  co_return co_await tx.one(kInsertNote, tx.new_id<PartnerNoteId>(), partner_id, request.body,
                            tx.scope().actor_id);
}

Task<Page<PartnerNote>> list_notes(db::Tx& tx, PartnerId partner_id, ListNotes query) {
  co_await get_partner(tx, partner_id);
  co_return co_await tx.page(kListNotes, "-created_at", query.cursor, query.limit.value_or(PageLimit{}),
                             partner_id);
}

Task<PartnerNote> update_note(db::Tx& tx, PartnerNoteId id, WriteNote request) {
  auto updated = co_await tx.maybe(kUpdateNote, id, request.body);
  if (!updated) throw Problem(kNotFound);
  co_return *std::move(updated);
}

Task<http::NoContent> delete_note(db::Tx& tx, PartnerNoteId id) {
  if (co_await tx.exec(kDeleteNote, id) == 0) throw Problem(kNotFound);
  co_return http::NoContent{};
}

Task<PartnerTags> get_tags(db::Tx& tx, PartnerId partner_id) {
  co_await get_partner(tx, partner_id);
  PartnerTags out;
  for (auto& row : co_await tx.all(kTagsOf, partner_id)) out.tags.push_back(std::move(row.tag));
  co_return out;
}

Task<PartnerTags> put_tags(db::Tx& tx, PartnerId partner_id, PartnerTags request) {
  if (request.tags.size() > kTagsMax)
    throw invalid_field("/tags", "out_of_range", fmt::format("at most {} tags", kTagsMax));
  co_await get_partner(tx, partner_id);
  tx.later(kDeleteTags, partner_id);
  tx.later(kInsertTags, partner_id, request.tags);
  co_return co_await get_tags(tx, partner_id);
}

Task<KnownTags> known_tags(db::Tx& tx) { co_return KnownTags{co_await tx.all(kKnownTags)}; }

}  // namespace

db::PersonalText notes_text() { return {"partner_note", &kNotesNaming, &kBlankNotes}; }

void declare_notes(http::Routes& routes) {
  const auto staff = [](http::Route& route, std::string summary, db::Role role) -> http::Route& {
    return route.says(std::move(summary))
        .allow(http::Access::staff)
        .needs(role == db::Role::read ? http::Permission::partners_read : http::Permission::partners_manage)
        .as(role);
  };
  routes.tag("partners");
  staff(routes.post("/api/partners/{partner_id}/notes", create_note), "Write a note about a partner",
        db::Role::write);
  staff(routes.get("/api/partners/{partner_id}/notes", list_notes),
        "List the notes about a partner, the latest first", db::Role::read);
  staff(routes.patch("/api/partner-notes/{partner_note_id}", update_note), "Change a note about a partner",
        db::Role::write)
      .versioned(kNoteVersion);
  staff(routes.del("/api/partner-notes/{partner_note_id}", delete_note), "Delete a note about a partner",
        db::Role::write);
  staff(routes.get("/api/partners/{partner_id}/tags", get_tags), "Get the tags of a partner", db::Role::read);
  staff(routes.put("/api/partners/{partner_id}/tags", put_tags), "Set the tags of a partner",
        db::Role::write);
  staff(routes.get("/api/partner-tags", known_tags), "List the tags in use, the most used first",
        db::Role::read);
}

}  // namespace tandem::partners
