#include "partners/materials.hpp"

#include <fmt/format.h>

#include "files/clean.hpp"
#include "http/file_answer.hpp"
#include "identity/api.hpp"

namespace tandem::partners {

namespace {

inline constexpr ProblemKind kTooManyMaterials{409, "too_many_materials",
                                               "An organization has at most 500 materials"};
constexpr std::size_t kPictureBytesMax = 5 << 20;
constexpr std::size_t kDealsMax = 100;

const db::Query<Material(MaterialId)> kMaterial{"partners.material", R"sql(
  select m.id, m.kind, m.name, m.body, m.destination, m.content_type, m.size, m.deal_ids, m.state, m.created_at,
         m.updated_at
  from app.materials m
  where m.organization_id = $1 and m.id = $2
)sql"};

const db::Query<http::RowVersion(MaterialId)> kMaterialVersion{"partners.material_version", R"sql(
  select m.updated_at from app.materials m where m.organization_id = $1 and m.id = $2 for no key update
)sql"};

const db::ListQuery<Material(std::optional<MaterialKind>, std::optional<MaterialState>)> kListMaterials{
    "partners.list_materials",
    R"sql(
  select m.id, m.kind, m.name, m.body, m.destination, m.content_type, m.size, m.deal_ids, m.state, m.created_at,
         m.updated_at
  from app.materials m
  where m.organization_id = $1
    and ($2::text is null or m.kind = $2)
    and ($3::text is null or m.state = $3)
)sql",
    "m.id",
    {{"created_at", "m.created_at", "timestamptz"}, {"name", "m.name", "text"}}};

struct CountRow {
  std::int64_t materials = 0;
};
BOOST_DESCRIBE_STRUCT(CountRow, (), (materials))
const db::Query<CountRow()> kCount{"partners.count_materials", R"sql(
  select count(*) as materials from app.materials m where m.organization_id = $1
)sql"};

struct DealOwner {
  DealId id;
  PartnerId partner_id;
};
BOOST_DESCRIBE_STRUCT(DealOwner, (), (id, partner_id))
const db::Query<DealOwner(std::vector<DealId>)> kOwners{"partners.owners_of_deals", R"sql(
  select d.id, d.partner_id from app.deals d where d.organization_id = $1 and d.id = any ($2)
)sql"};

const db::Query<db::Nothing(MaterialId, MaterialKind, Text<1, 120>, std::optional<Lines<4000>>,
                            std::optional<Url>, std::optional<std::vector<DealId>>,
                            std::optional<std::vector<PartnerId>>)>
    kInsertMaterial{"partners.insert_material", R"sql(
  insert into app.materials (organization_id, id, kind, name, body, destination, deal_ids, partner_ids)
  values ($1, $2, $3, $4, $5, $6, $7, $8)
)sql"};

const db::Query<Material(MaterialId, std::optional<Text<1, 120>>, std::optional<Lines<4000>>,
                         std::optional<Url>, std::optional<MaterialState>, bool,
                         std::optional<std::vector<DealId>>, std::optional<std::vector<PartnerId>>)>
    kUpdateMaterial{"partners.update_material", R"sql(
  update app.materials as m
  set name = coalesce($3, m.name), body = coalesce($4, m.body), destination = coalesce($5, m.destination),
      state = coalesce($6, m.state), deal_ids = case when $7 then $8 else m.deal_ids end,
      partner_ids = case when $7 then $9 else m.partner_ids end
  where m.organization_id = $1 and m.id = $2
  returning m.id, m.kind, m.name, m.body, m.destination, m.content_type, m.size, m.deal_ids, m.state, m.created_at,
            m.updated_at
)sql"};

const db::Query<Material(MaterialId, std::string, std::int32_t, db::Bytes)> kPutContent{
    "partners.put_material_content", R"sql(
  update app.materials as m set content_type = $3, size = $4, content = $5
  where m.organization_id = $1 and m.id = $2 and m.kind in ('logo', 'banner')
  returning m.id, m.kind, m.name, m.body, m.destination, m.content_type, m.size, m.deal_ids, m.state, m.created_at,
            m.updated_at
)sql"};

struct ContentRow {
  std::optional<std::string> content_type;
  std::optional<db::Bytes> content;
};
BOOST_DESCRIBE_STRUCT(ContentRow, (), (content_type, content))
const db::Query<ContentRow(MaterialId)> kContent{"partners.material_content", R"sql(
  select m.content_type, m.content from app.materials m where m.organization_id = $1 and m.id = $2
)sql"};

/// The partners of these deals, each once; nullopt for no deals at all.
Task<std::optional<std::vector<PartnerId>>> partners_of(db::Tx& tx,
                                                        std::optional<std::vector<DealId>> deals) {
  if (!deals) co_return std::nullopt;
  if (deals->empty() || deals->size() > kDealsMax)
    throw invalid_field("/deal_ids", "out_of_range", fmt::format("1 to {}", kDealsMax));
  std::vector<PartnerId> out;
  const auto found = co_await tx.all(kOwners, *deals);
  for (std::size_t i = 0; i < deals->size(); ++i) {
    const auto owner = std::ranges::find(found, (*deals)[i], &DealOwner::id);
    if (owner == found.end())
      throw invalid_field(fmt::format("/deal_ids/{}", i), "out_of_range", "a deal of this organization");
    if (std::ranges::find(out, owner->partner_id) == out.end()) out.push_back(owner->partner_id);
  }
  co_return out;
}

/// What each kind has, and nothing else.
void check_parts(MaterialKind kind, bool has_body, bool has_destination, bool is_new) {
  std::vector<FieldError> errors;
  const auto check = [&](bool has, bool wanted, std::string pointer, std::string_view whose) {
    if (has && !wanted) errors.push_back({pointer, "out_of_range", fmt::format("only {} has one", whose)});
    if (is_new && wanted && !has) errors.push_back({pointer, "required", fmt::format("{} has one", whose)});
  };
  check(has_body, kind == MaterialKind::text, "/body", "a text");
  check(has_destination, kind == MaterialKind::link, "/destination", "a link");
  if (!errors.empty()) throw Problem(kInvalid, {}, std::move(errors));
}

/// Which other partners have it is nothing for a partner.
Material shown(const db::Tx& tx, Material material) {
  if (tx.scope().partner_id) material.deal_ids.reset();
  return material;
}

Task<Material> get_material(db::Tx& tx, MaterialId id) {
  auto found = co_await tx.maybe(kMaterial, id);
  if (!found) throw Problem(kNotFound);
  co_return shown(tx, *std::move(found));
}

Task<Page<Material>> list_materials(db::Tx& tx, ListMaterials query) {
  auto page = co_await tx.page(kListMaterials, query.sort ? query.sort->str() : "-created_at", query.cursor,
                               query.limit.value_or(PageLimit{}), query.kind, query.state);
  for (auto& one : page.items) one = shown(tx, std::move(one));
  co_return page;
}

Task<Material> create_material(db::Tx& tx, CreateMaterial request) {
  constexpr std::int64_t kMaterialsMax = 500;
  check_parts(request.kind, request.body.has_value(), request.destination.has_value(), true);
  const auto partners = co_await partners_of(tx, request.deal_ids);
  if ((co_await tx.one(kCount)).materials >= kMaterialsMax) throw Problem(kTooManyMaterials);
  const auto id = tx.new_id<MaterialId>();
  tx.later(kInsertMaterial, id, request.kind, request.name, request.body, request.destination,
           request.deal_ids, partners);
  co_return co_await get_material(tx, id);
}

Task<Material> update_material(db::Tx& tx, MaterialId id, UpdateMaterial change) {
  const Material before = co_await get_material(tx, id);
  check_parts(before.kind, change.body.has_value(), change.destination.has_value(), false);
  const auto partners = co_await partners_of(tx, change.deal_ids.value());
  auto changed = co_await identity::change(
      tx, db::call(kMaterial, id),
      db::call(kUpdateMaterial, id, change.name, change.body, change.destination, change.state,
               change.deal_ids.is_given(), change.deal_ids.value(), partners));
  if (!changed) throw Problem(kNotFound);
  co_return *std::move(changed);
}

Task<Material> put_content(db::Tx& tx, MaterialId id, http::Bytes file) {
  // Nothing was sent to the database yet: no transaction waits while the image is decoded.
  const auto clean = co_await files::clean_elsewhere(std::move(file.value), std::move(file.content_type), {});
  auto put = co_await tx.maybe(kPutContent, id, clean.content_type,
                               static_cast<std::int32_t>(clean.bytes.size()), db::Bytes{clean.bytes});
  if (put) co_return *std::move(put);
  co_await get_material(tx, id);  // 404 when there is none
  throw Problem(kState, "Only a logo or a banner has a file.");
}

Task<http::Response> get_content(db::Tx& tx, MaterialId id) {
  auto row = co_await tx.maybe(kContent, id);
  if (!row || !row->content) throw Problem(kNotFound);
  const std::string_view extension = *row->content_type == "image/png" ? "png" : "jpg";
  co_return http::file_answer(*row->content_type, fmt::format("{}.{}", id.str(), extension),
                              std::move(row->content->value));
}

}  // namespace

void declare_materials(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("materials");
  routes.post("/api/materials", create_material)
      .says("Write a material for partners: a text, a link, or a picture whose file is sent next")
      .explains(
          "In a text `{link}`, `{coupon}` and `{partner}` stand for what is the reader's own; a link's destination gets "
          "its code as `?ref=`. Whoever shows it fills them in. With `deal_ids` the partners of those deals see it, "
          "else all do.")
      .allow(Access::staff)
      .needs(Permission::partners_manage)
      .as(db::Role::write)
      .refuses({&kTooManyMaterials});
  routes.get("/api/materials", list_materials)
      .says("List materials, the latest first; a partner those that are meant for it")
      .allow(Access::partner)
      .needs(Permission::partners_read)
      .as(db::Role::read);
  routes.get("/api/materials/{material_id}", get_material)
      .says("Get a material")
      .allow(Access::partner)
      .needs(Permission::partners_read)
      .as(db::Role::read);
  routes.patch("/api/materials/{material_id}", update_material)
      .says("Change a material, say whose it is, archive it or bring it back")
      .allow(Access::staff)
      .needs(Permission::partners_manage)
      .as(db::Role::write)
      .versioned(kMaterialVersion);
  routes.put("/api/materials/{material_id}/content", put_content)
      .says("Send the file of a logo or banner, or another in its place")
      .explains("The body is the file: PNG or JPEG, made anew, at most 25 megapixels and 5 MiB.")
      .allow(Access::staff)
      .needs(Permission::partners_manage)
      .as(db::Role::write)
      .takes_bytes({"image/png", "image/jpeg"})
      .body_up_to(kPictureBytesMax)
      .refuses({&files::kFileRefused, &kState});
  routes.get("/api/materials/{material_id}/content", get_content)
      .says("Download the file of a logo or banner")
      .allow(Access::partner)
      .needs(Permission::partners_read)
      .as(db::Role::read)
      .answers_type("application/octet-stream");
}

}  // namespace tandem::partners
