#include "identity/saved_views.hpp"

#include "identity/module.hpp"

namespace tandem::identity {

namespace {

using http::Permission;
using Partner = std::optional<PartnerId>;

// A view is of one side: of the organization's console, or of one partner's portal.
const db::ListQuery<SavedView(ActorId, Partner, std::optional<Slug>)> kListViews{
    "identity.list_saved_views",
    R"sql(
  select v.id, v.page, v.name, v.query, v.owner_id = $2 as is_own, v.is_shared, v.created_at, v.updated_at
  from app.saved_views v
  where v.organization_id = $1 and v.partner_id is not distinct from $3
    and (v.owner_id = $2 or v.is_shared)
    and ($4::text is null or v.page = $4)
)sql",
    "v.id",
    {{"name", "v.name", "text"}, {"created_at", "v.created_at", "timestamptz"}}};

const db::Query<SavedView(ActorId, Partner, SavedViewId)> kView{"identity.saved_view", R"sql(
  select v.id, v.page, v.name, v.query, v.owner_id = $2 as is_own, v.is_shared, v.created_at, v.updated_at
  from app.saved_views v
  where v.organization_id = $1 and v.partner_id is not distinct from $3 and v.id = $4
    and (v.owner_id = $2 or v.is_shared)
  for no key update
)sql"};

const db::Query<http::RowVersion(SavedViewId)> kViewVersion{"identity.saved_view_version", R"sql(
  select v.updated_at from app.saved_views v where v.organization_id = $1 and v.id = $2 for no key update
)sql"};

// No row: the owner keeps as many as one may.
const db::Query<SavedView(ActorId, Partner, SavedViewId, Slug, Text<1, 60>, Text<0, 2000>, bool,
                          std::int32_t)>
    kInsertView{"identity.insert_saved_view", R"sql(
  insert into app.saved_views as v (organization_id, owner_id, partner_id, id, page, name, query, is_shared)
  select $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::text, $6::text, $7::text, $8::boolean
  where (select count(*) from app.saved_views o where o.organization_id = $1 and o.owner_id = $2) < $9::int4
  returning v.id, v.page, v.name, v.query, true as is_own, v.is_shared, v.created_at, v.updated_at
)sql"};

const db::Query<SavedView(ActorId, SavedViewId, std::optional<Text<1, 60>>, std::optional<Text<0, 2000>>,
                          std::optional<bool>)>
    kUpdateView{"identity.update_saved_view", R"sql(
  update app.saved_views as v
  set name = coalesce($4, v.name), query = coalesce($5, v.query), is_shared = coalesce($6, v.is_shared)
  where v.organization_id = $1 and v.id = $3
  returning v.id, v.page, v.name, v.query, v.owner_id = $2 as is_own, v.is_shared, v.created_at, v.updated_at
)sql"};

const db::Query<db::Nothing(SavedViewId)> kDeleteView{"identity.delete_saved_view", R"sql(
  delete from app.saved_views as v where v.organization_id = $1 and v.id = $2
)sql"};

// A query is kept as it stands in the address: what is sought is looked for behind the usual escapes, too.
const db::Query<db::PersonalRow(std::string)> kViewsNaming{"identity.saved_views_naming", R"sql(
  select jsonb_build_object('id', v.id, 'page', v.page, 'name', v.name, 'query', v.query) as data
  from app.saved_views v
  where v.organization_id = $1
    and concat_ws(' ', v.name, v.query, app.query_words(v.query)) ~* $2
  order by v.id
  limit 1000
)sql"};
// A name stays different from the owner's others.
const db::Query<db::Nothing(std::string)> kBlankViews{"identity.blank_saved_views", R"sql(
  update app.saved_views as v
  set name = case when v.name ~* $2 then '[erased] ' || v.id else v.name end,
      query = case when concat_ws(' ', v.query, app.query_words(v.query)) ~* $2 then '' else v.query end
  where v.organization_id = $1
    and concat_ws(' ', v.name, v.query, app.query_words(v.query)) ~* $2
)sql"};

/// What everybody sees is decided by who sets the organization up, or who runs the partner's profile.
bool may_share(const http::Principal& caller) {
  return caller.permissions.has(caller.scope.partner_id ? Permission::partners_manage
                                                        : Permission::settings_manage);
}
void require_may_share(const http::Principal& caller) {
  if (!may_share(caller)) throw Problem(kForbidden, "Your role does not share views.");
}

/// The view, when the caller may change it: one's own, or a shared one with the right to share.
Task<SavedView> changeable(db::Tx& tx, const http::Principal& caller, SavedViewId id) {
  auto found = co_await tx.maybe(kView, caller.scope.actor_id, caller.scope.partner_id, id);
  if (!found) throw Problem(kNotFound);
  if (!found->is_own) require_may_share(caller);
  co_return *std::move(found);
}

Task<Page<SavedView>> list_views(db::Tx& tx, ListViews query) {
  co_return co_await tx.page(kListViews, query.sort ? query.sort->str() : "name", query.cursor,
                             query.limit.value_or(PageLimit{}), tx.scope().actor_id, tx.scope().partner_id,
                             query.page);
}

Task<SavedView> save_view(db::Tx& tx, http::Principal caller, SaveView request) {
  const bool is_shared = request.is_shared.value_or(false);
  if (is_shared) require_may_share(caller);
  auto saved =
      co_await tx.maybe(kInsertView, caller.scope.actor_id, caller.scope.partner_id, tx.new_id<SavedViewId>(),
                        request.page, request.name, request.query, is_shared, kViewsOfOneMost);
  if (!saved) throw Problem(kTooManyViews);
  co_return *std::move(saved);
}

Task<SavedView> update_view(db::Tx& tx, http::Principal caller, SavedViewId id, UpdateView change) {
  const SavedView view = co_await changeable(tx, caller, id);
  if (change.is_shared.value_or(view.is_shared) && !view.is_shared) require_may_share(caller);
  co_return co_await tx.one(kUpdateView, caller.scope.actor_id, id, change.name, change.query,
                            change.is_shared);
}

Task<http::NoContent> delete_view(db::Tx& tx, http::Principal caller, SavedViewId id) {
  co_await changeable(tx, caller, id);
  co_await tx.exec(kDeleteView, id);
  co_return http::NoContent{};
}

}  // namespace

db::PersonalText saved_views_text() { return {"saved_view", &kViewsNaming, &kBlankViews}; }

void declare_saved_views(http::Routes& routes) {
  routes.tag("Saved views");
  routes.map_constraint("saved_views_name", kViewNameTaken);
  // Who may look may keep how it looked, so the permission is one that everybody has.
  const auto route = [](http::Route& one, std::string summary, db::Role role) -> http::Route& {
    return one.says(std::move(summary))
        .allow(http::Access::partner)
        .needs(Permission::settings_read)
        .as(role);
  };
  constexpr std::string_view kOne = "/api/saved-views/{saved_view_id}";
  route(routes.get("/api/saved-views", list_views), "List saved views: one's own and those that are shared",
        db::Role::read);
  route(routes.post("/api/saved-views", save_view), "Save a list or a report as it is shown", db::Role::write)
      .explains(
          "`query` is the query of the page's address. Sharing a view needs the permission to change the "
          "organization's settings, or the partner.")
      .refuses({&kViewNameTaken, &kTooManyViews, &kForbidden});
  route(routes.patch(std::string(kOne), update_view), "Rename, replace or share a saved view",
        db::Role::write)
      .versioned(kViewVersion)
      .refuses({&kViewNameTaken, &kForbidden});
  route(routes.del(std::string(kOne), delete_view), "Delete a saved view", db::Role::write)
      .refuses({&kForbidden});
}

}  // namespace tandem::identity
