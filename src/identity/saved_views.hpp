// Saved views: a list or a report of the console or a portal as somebody left it, under a name. The address
// is the page's own affair; kept is its query alone.
#pragma once
#include "base/ids.hpp"
#include "base/page.hpp"
#include "base/text.hpp"
#include "http/routes.hpp"

namespace tandem::identity {

using SavedViewId = Id<struct SavedViewTag>;

struct SavedView {
  SavedViewId id;
  std::string page, name, query;
  bool is_own = false;
  bool is_shared = false;  // with everybody of the organization, or of the partner's team
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(SavedView, (), (id, page, name, query, is_own, is_shared, created_at, updated_at))

struct SaveView {
  Slug page;  // the list's name: "deals"
  Text<1, 60> name;
  Text<0, 2000> query;  // "state=active&sort=-updated_at"
  std::optional<bool> is_shared;
};
BOOST_DESCRIBE_STRUCT(SaveView, (), (page, name, query, is_shared))

struct UpdateView {
  std::optional<Text<1, 60>> name;
  std::optional<Text<0, 2000>> query;
  std::optional<bool> is_shared;
};
BOOST_DESCRIBE_STRUCT(UpdateView, (), (name, query, is_shared))

struct ListViews {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<Slug> page;
};
BOOST_DESCRIBE_STRUCT(ListViews, (), (cursor, limit, sort, page))

inline constexpr int kViewsOfOneMost = 200;
inline constexpr ProblemKind kViewNameTaken{409, "view_name_taken",
                                            "You have a view with this name on this page"};
inline constexpr ProblemKind kTooManyViews{409, "too_many_views", "You keep 200 views already; delete some"};

void declare_saved_views(http::Routes& routes);

}  // namespace tandem::identity
