#include "base/json_view.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace tandem::json {
namespace {

using Element = simdjson::dom::element;
static_assert(sizeof(Element) == 16 && std::is_trivially_copyable_v<Element>);

Element element_of(const std::byte* bytes) {
  Element out;
  std::memcpy(&out, bytes, sizeof out);
  return out;
}

/// Whether a string or a name holds the character NUL, which a database's text cannot: \u0000 after an even
/// number of backslashes. (Unescaped it is not JSON.)
bool has_nul(std::string_view text) {
  constexpr std::string_view kNul = "\\u0000";
  for (auto at = text.find(kNul); at != std::string_view::npos; at = text.find(kNul, at + 1)) {
    std::size_t before = 0;
    while (before < at && text[at - 1 - before] == '\\') ++before;
    if (before % 2 == 0) return true;
  }
  return false;
}

}  // namespace

struct Document::Impl {
  simdjson::dom::parser parser;
  Element root;
};

Document::Document(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

std::optional<Document> Document::parse(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max || has_nul(text)) return std::nullopt;
  auto impl = std::make_unique<Impl>();
  const auto result = impl->parser.parse(text.data(), text.size(), true);
  if (result.error() != simdjson::SUCCESS) return std::nullopt;
  impl->root = result.value_unsafe();
  return Document{std::move(impl)};
}

View Document::root() const {
  View out;
  std::memcpy(out.element_, &impl_->root, sizeof out.element_);
  out.present_ = true;
  return out;
}

View View::operator[](std::string_view key) const {
  View out;
  if (!present_) return out;
  Element found;
  simdjson::dom::object object;
  if (element_of(element_).get(object) != simdjson::SUCCESS) return out;
  if (object.at_key(key).get(found) != simdjson::SUCCESS) return out;
  std::memcpy(out.element_, &found, sizeof found);
  out.present_ = true;
  return out;
}

std::vector<View> View::items() const {
  std::vector<View> out;
  simdjson::dom::array array;
  if (!present_ || element_of(element_).get(array) != simdjson::SUCCESS) return out;
  for (const Element item : array) {
    View& view = out.emplace_back();
    std::memcpy(view.element_, &item, sizeof item);
    view.present_ = true;
  }
  return out;
}

std::vector<std::pair<std::string_view, View>> View::members() const {
  std::vector<std::pair<std::string_view, View>> out;
  simdjson::dom::object object;
  if (!present_ || element_of(element_).get(object) != simdjson::SUCCESS) return out;
  for (const auto field : object) {
    auto& [key, view] = out.emplace_back(field.key, View{});
    std::memcpy(view.element_, &field.value, sizeof field.value);
    view.present_ = true;
  }
  return out;
}

std::optional<std::string_view> View::text() const {
  std::string_view out;
  if (!present_ || element_of(element_).get(out) != simdjson::SUCCESS || out.empty()) return std::nullopt;
  return out;
}

std::optional<std::int64_t> View::integer() const {
  std::int64_t out = 0;
  if (!present_ || element_of(element_).get(out) != simdjson::SUCCESS) return std::nullopt;
  return out;
}

std::optional<bool> View::boolean() const {
  bool out = false;
  if (!present_ || element_of(element_).get(out) != simdjson::SUCCESS) return std::nullopt;
  return out;
}

std::optional<Decimal> View::decimal() const {
  if (const auto number = integer()) return Decimal(*number, 0);
  double number = 0;
  if (!present_ || element_of(element_).get(number) != simdjson::SUCCESS) return std::nullopt;
  // The shortest text that reads back as this double is the one that was written, if it had few enough
  // digits.
  constexpr double kLargest = 1e15;
  if (!(std::abs(number) < kLargest)) return std::nullopt;
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (end.ec != std::errc{}) return std::nullopt;
  const std::string_view written(text.data(), end.ptr);
  const auto first = written.find_first_of("123456789");
  const auto digits = first == std::string_view::npos
                          ? 0
                          : std::ranges::count_if(written.substr(first), [](char c) { return c != '.'; });
  if (digits > std::numeric_limits<double>::digits10) return std::nullopt;
  return Decimal::parse(written);
}

bool View::is_null() const { return present_ && element_of(element_).is_null(); }

}  // namespace tandem::json
