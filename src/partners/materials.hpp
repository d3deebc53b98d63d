// Materials: what an organization gives its partners to sell with. Staff write texts and addresses and send
// pictures; partners see those that are meant for their deals. Placeholders are filled in by whoever shows
// them: {link}, {coupon} and {partner} stand for what is the reader's own.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "partners/ids.hpp"

namespace tandem::partners {

using MaterialId = Id<struct MaterialTag>;

enum class MaterialKind : int { text, link, logo, banner };
BOOST_DESCRIBE_ENUM(MaterialKind, text, link, logo, banner)
enum class MaterialState : int { active, archived };
BOOST_DESCRIBE_ENUM(MaterialState, active, archived)

struct CreateMaterial {
  MaterialKind kind{};
  Text<1, 120> name;
  std::optional<Lines<4000>> body;              // of a text
  std::optional<Url> destination;               // of a link
  std::optional<std::vector<DealId>> deal_ids;  // whose partners see it, 1 to 100; all partners unless told
};
BOOST_DESCRIBE_STRUCT(CreateMaterial, (), (kind, name, body, destination, deal_ids))

struct UpdateMaterial {
  std::optional<Text<1, 120>> name;
  std::optional<Lines<4000>> body;
  std::optional<Url> destination;
  Patch<std::vector<DealId>> deal_ids;  // null: all partners
  std::optional<MaterialState> state;   // partners do not see an archived one
};
BOOST_DESCRIBE_STRUCT(UpdateMaterial, (), (name, body, destination, deal_ids, state))

struct Material {
  MaterialId id;
  MaterialKind kind{};
  std::string name;
  std::optional<std::string> body, destination;
  std::optional<std::string>
      content_type;                  // of a picture; null: its file was not sent yet, and partners wait
  std::optional<std::int32_t> size;  // bytes
  std::optional<std::vector<DealId>> deal_ids;  // null: all partners; not told to partners
  MaterialState state{};
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(Material, (),
                      (id, kind, name, body, destination, content_type, size, deal_ids, state, created_at,
                       updated_at))

struct ListMaterials {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<MaterialKind> kind;
  std::optional<MaterialState> state;
};
BOOST_DESCRIBE_STRUCT(ListMaterials, (), (cursor, limit, sort, kind, state))

void declare_materials(http::Routes& routes);

}  // namespace tandem::partners
