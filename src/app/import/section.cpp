#include "app/import/section.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::app::importing {

bool is_word(std::string_view text, std::string_view others, std::size_t most) {
  const auto fits = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.contains(c);
  };
  return !text.empty() && text.size() <= most && std::ranges::all_of(text, fits);
}

std::string Section::name_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void Section::fail_at(const toml::source_region& where, std::string_view what) const {
  throw MappingError(fmt::format("{}:{}: {}", file_, where.begin.line, what));
}

void Section::fail(std::string_view what) const {
  if (path_.empty()) throw MappingError(fmt::format("{}: {}", file_, what));
  fail_at(table_->source(), fmt::format("[{}] {}", path_, what));
}

void Section::check(std::string_view key, bool holds, std::string_view what) const {
  if (holds) return;
  const auto* found = table_->get(key);
  if (!found) fail(fmt::format("{} {}", key, what));
  fail_at(found->source(), fmt::format("{} {}", name_of(key), what));
}

const toml::node& Section::node(std::string_view key) {
  asked_.emplace(key);
  const auto* found = table_->get(key);
  if (!found) fail(fmt::format("{} is missing", key));
  return *found;
}

std::vector<std::string> Section::keys() const {
  std::vector<std::pair<toml::source_index, std::string>> found;
  for (const auto& [key, value] : *table_)
    found.emplace_back(key.source().begin.line, std::string(key.str()));
  std::ranges::sort(found);
  std::vector<std::string> out;
  for (auto& [line, key] : found) out.push_back(std::move(key));
  return out;
}

std::string Section::text(std::string_view key) {
  const auto* value = node(key).as_string();
  check(key, value != nullptr, "is a text in quotes");
  check(key, is_clean_text(value->get(), true), "holds control characters");
  return value->get();
}
std::string Section::text(std::string_view key, std::string_view otherwise) {
  return has(key) ? text(key) : std::string(otherwise);
}

char Section::character(std::string_view key, std::string_view otherwise) {
  const auto value = text(key, otherwise);
  if (value == "tab" || value == "\t") return '\t';
  check(key, value.size() == 1 && value[0] >= ' ' && value[0] < 0x7f, "is one ASCII character");
  return value[0];
}

std::int64_t Section::integer(std::string_view key) {
  const auto* value = node(key).as_integer();
  check(key, value != nullptr, "is a whole number");
  return value->get();
}
std::int64_t Section::integer(std::string_view key, std::int64_t otherwise) {
  return has(key) ? integer(key) : otherwise;
}

bool Section::boolean(std::string_view key, bool otherwise) {
  if (!has(key)) return otherwise;
  const auto* value = node(key).as_boolean();
  check(key, value != nullptr, "is true or false");
  return value->get();
}

Day Section::day(std::string_view key) {
  const auto* value = node(key).as_date();
  check(key, value != nullptr, "is a date such as 2026-01-31, without quotes");
  const auto& date = value->get();
  const auto day = Day::parse(fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day));
  check(key, day.has_value(), "is a day from 1970 on");
  return *day;
}

std::vector<std::string> Section::texts(std::string_view key) {
  const auto* list = node(key).as_array();
  check(key, list != nullptr && !list->empty(), "is a list of texts");
  std::vector<std::string> out;
  for (const auto& entry : *list) {
    check(key, entry.is_string(), "is a list of texts");
    out.push_back(entry.as_string()->get());
  }
  return out;
}

std::size_t Section::choice(std::string_view key, std::initializer_list<std::string_view> words) {
  const auto value = text(key, *words.begin());
  const auto found = std::ranges::find(words, value);
  check(key, found != words.end(), fmt::format("is one of {}", fmt::join(words, ", ")));
  return static_cast<std::size_t>(found - words.begin());
}

Section Section::section(std::string_view key) {
  const auto* table = node(key).as_table();
  check(key, table != nullptr, "is a table");
  return {*table, name_of(key), file_};
}

std::vector<Section> Section::sections(std::string_view key) {
  std::vector<Section> out;
  if (!has(key)) return out;
  const auto* list = node(key).as_array();
  check(key, list != nullptr, "is a list of tables");
  for (const auto& entry : *list) {
    check(key, entry.is_table(), "is a list of tables");
    out.emplace_back(*entry.as_table(), name_of(key), file_);
  }
  return out;
}

void Section::finish() const {
  for (const auto& [key, value] : *table_)
    if (!asked_.contains(key.str())) fail_at(key.source(), fmt::format("{} is unknown", name_of(key.str())));
}

}  // namespace tandem::app::importing
