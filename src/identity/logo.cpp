#include "identity/logo.hpp"

#include "files/clean.hpp"
#include "http/file_answer.hpp"
#include "identity/api.hpp"

namespace tandem::identity {
namespace {

struct LogoRow {
  db::Bytes content;
};
BOOST_DESCRIBE_STRUCT(LogoRow, (), (content))
const db::Query<LogoRow(OrganizationId)> kLogo{"identity.logo", R"sql(
  select l.content from app.organization_logos l where l.organization_id = $1 and l.organization_id = $2
)sql"};

const db::Query<db::Nothing(db::Bytes)> kPutLogo{"identity.put_logo", R"sql(
  insert into app.organization_logos (organization_id, content) values ($1, $2)
  on conflict (organization_id) do update set content = excluded.content
)sql"};

const db::Query<db::Nothing()> kRemoveLogo{"identity.remove_logo", R"sql(
  delete from app.organization_logos where organization_id = $1
)sql"};

void check_own(const db::Tx& tx, OrganizationId id) {
  if (tx.scope().organization_id != id) throw Problem(kNotFound);
}

/// Width or height, as a cleaned PNG begins: signature, length and name of IHDR, then both in four bytes.
int side_at(std::string_view png, std::size_t at) {
  int out = 0;
  for (std::size_t i = 0; i < 4; ++i) out = out * 256 + static_cast<unsigned char>(png.at(at + i));
  return out;
}

Task<http::NoContent> put_logo(db::Tx& tx, OrganizationId id, http::Bytes file) {
  constexpr std::size_t kWidthAt = 16, kHeightAt = 20;
  check_own(tx, id);
  // Nothing was sent to the database yet: no transaction waits while the image is decoded.
  const auto clean = co_await files::clean_elsewhere(std::move(file.value), std::move(file.content_type), {});
  if (side_at(clean.bytes, kWidthAt) > kLogoSideMax || side_at(clean.bytes, kHeightAt) > kLogoSideMax)
    throw Problem(files::kFileRefused, fmt::format("a logo has at most {} pixels a side", kLogoSideMax));
  if (clean.bytes.size() > 2 * kLogoBytesMax)
    throw Problem(files::kFileRefused, "the picture is too large when it is made anew");
  co_await tx.exec(kPutLogo, db::Bytes{clean.bytes});
  co_return http::NoContent{};
}

Task<http::Response> get_logo(db::Tx& tx, OrganizationId id) {
  auto row = co_await tx.maybe(kLogo, id);
  if (!row) throw Problem(kNotFound);
  co_return http::file_answer("image/png", "logo.png", std::move(row->content.value));
}

Task<http::NoContent> remove_logo(db::Tx& tx, OrganizationId id) {
  check_own(tx, id);
  co_await tx.exec(kRemoveLogo);
  co_return http::NoContent{};
}

}  // namespace

void declare_logo(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("organizations");
  routes.put("/api/organizations/{organization_id}/logo", put_logo)
      .says("Send the logo that stands on statements, or another in its place")
      .explains("The body is the file: PNG, made anew, at most 2,000 pixels a side and 1 MiB.")
      .allow(Access::staff)
      .needs(Permission::settings_manage)
      .as(db::Role::write)
      .takes_bytes({"image/png"})
      .body_up_to(kLogoBytesMax)
      .refuses({&files::kFileRefused});
  routes.get("/api/organizations/{organization_id}/logo", get_logo)
      .says("Download the organization's logo")
      .allow(Access::partner)
      .needs(Permission::settings_read)
      .as(db::Role::read)
      .answers_type("image/png");
  routes.del("/api/organizations/{organization_id}/logo", remove_logo)
      .says("Take the logo off the papers")
      .allow(Access::staff)
      .needs(Permission::settings_manage)
      .as(db::Role::write);
}

}  // namespace tandem::identity
