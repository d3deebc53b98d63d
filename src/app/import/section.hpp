// One table of a mapping: typed access to its keys with errors that name the line. Whatever was not asked for
// when finish() is called is an unknown key. Used by the mapping reader alone.
#pragma once
#include <toml++/toml.h>

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/import/mapping.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace tandem::app::importing {

class Section {
 public:
  /// `path` is "" for the whole file, "source" for [source].
  Section(const toml::table& table, std::string path, std::string file)
      : table_(&table), path_(std::move(path)), file_(std::move(file)) {}

  bool has(std::string_view key) const { return table_->contains(key); }
  /// Every key in the order of the file.
  std::vector<std::string> keys() const;
  /// A text; the second form has a default.
  std::string text(std::string_view key);
  std::string text(std::string_view key, std::string_view otherwise);
  /// One ASCII character, or the word "tab".
  char character(std::string_view key, std::string_view otherwise);
  std::int64_t integer(std::string_view key);
  std::int64_t integer(std::string_view key, std::int64_t otherwise);
  bool boolean(std::string_view key, bool otherwise);
  /// A TOML date.
  Day day(std::string_view key);
  /// A list of texts.
  std::vector<std::string> texts(std::string_view key);
  /// The index of the word; the first is the default.
  std::size_t choice(std::string_view key, std::initializer_list<std::string_view> words);
  /// A described enum by its wire name.
  template <class E>
  E word(std::string_view key, E otherwise) {
    const auto name = text(key, json::enum_name(otherwise));
    const auto value = json::enum_from<E>(name);
    check(key, value.has_value(), "is not one of its words: " + words_of<E>());
    return *value;
  }
  /// A table, or an array of tables, beneath this one.
  Section section(std::string_view key);
  std::vector<Section> sections(std::string_view key);

  /// Throws MappingError "FILE:LINE: path.key <what>" when `holds` is false.
  void check(std::string_view key, bool holds, std::string_view what) const;
  [[noreturn]] void fail(std::string_view what) const;
  /// Throws when a key was never asked for.
  void finish() const;

 private:
  template <class E>
  static std::string words_of() {
    std::string out;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
      if (!out.empty()) out += ", ";
      out += json::wire_name(d.name);
    });
    return out;
  }
  const toml::node& node(std::string_view key);
  [[noreturn]] void fail_at(const toml::source_region& where, std::string_view what) const;
  std::string name_of(std::string_view key) const;

  const toml::table* table_;
  std::string path_, file_;
  std::set<std::string, std::less<>> asked_;
};

/// 1 to `most` of a-z, 0-9 and the characters of `others`.
bool is_word(std::string_view text, std::string_view others, std::size_t most);

}  // namespace tandem::app::importing
