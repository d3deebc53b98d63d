// Lists: keyset pagination. A cursor is opaque to clients and names the sort and the last row's key and id; a
// cursor of one sort or list is refused by another. Never OFFSET.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/text.hpp"

namespace tandem {

/// How many rows: 1 to 200, 50 unless told.
class PageLimit {
 public:
  static constexpr std::int32_t kDefault = 50, kLargest = 200;
  constexpr PageLimit() = default;
  explicit constexpr PageLimit(std::int32_t n) : n_(n) {}
  std::int32_t value() const { return n_; }
  static constexpr std::string_view kFormat = "page-limit";
  static std::optional<PageLimit> parse(std::string_view text);
  void append_to(std::string& out) const;

 private:
  std::int32_t n_ = kDefault;
};

/// Where a page begins: after the row with this sort key (the column's text form) and id.
class Cursor {
 public:
  static constexpr std::string_view kFormat = "cursor";
  Cursor() = default;
  Cursor(std::string sort, std::string key, Uuid id)
      : sort_(std::move(sort)), key_(std::move(key)), id_(id) {}
  /// base64url of "sort\nkey\nid"; nullopt when it is not of that form.
  static std::optional<Cursor> parse(std::string_view text);
  void append_to(std::string& out) const;
  std::string str() const {
    std::string out;
    append_to(out);
    return out;
  }
  const std::string& sort() const { return sort_; }
  const std::string& key() const { return key_; }
  const Uuid& id() const { return id_; }

 private:
  std::string sort_, key_;
  Uuid id_;
};

/// One page of an answer. On the wire {"items": […], "next_cursor": "…" or null}.
template <class T>
struct Page {
  std::vector<T> items;
  std::optional<Cursor> next_cursor;
};

}  // namespace tandem
