// Valid requests made of the route table's codecs, so that a new route is tried without a line here. What a
// codec cannot know (a rate that a percentage needs) stands in samples.cpp. Used by the routes' part of the
// isolation check and by the tests that spoil valid bodies field by field.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace tandem::app::isolation {

/// The id to put into a field of this name; empty: any.
using IdOf = std::function<std::string(std::string_view field)>;

struct Member {
  std::string_view name;
  const json::Codec* codec;
  std::string value;  // JSON
};
/// The members that a valid object of this structure needs, in order.
std::vector<Member> sample_members(const json::Codec& structure, const IdOf& id_of);
/// `{"name":value,…}`
std::string print_members(const std::vector<Member>& members);
/// A valid value of any type, as JSON.
std::string sample_value(const json::Codec& codec, std::string_view field, const IdOf& id_of);
/// A PNG of one pixel.
std::string sample_picture();
/// A JSON value as it stands in a query string.
std::string query_text(std::string_view json);

}  // namespace tandem::app::isolation
