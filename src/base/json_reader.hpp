// What reading from a document and from a query string have in common: the list of mistakes and the reading
// of single texts. Used by base/json_*.cpp alone.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace tandem::json {

/// Where the reader stands, as a chain on the stack: nothing is allocated until there is a mistake.
struct Path {
  const Path* parent = nullptr;
  std::string_view key{};
  std::size_t index = 0;
  enum class Kind { root, member, item, query } kind = Kind::root;

  /// JSON Pointer (RFC 6901), or "?name".
  std::string str() const;
};

/// Collects mistakes, at most 32.
class Mistakes {
 public:
  static constexpr std::size_t kMax = 32;
  void add(const Path& at, std::string_view code, std::string detail);
  bool full() const { return list_.size() >= kMax; }
  bool empty() const { return list_.empty(); }
  std::size_t count() const { return list_.size(); }
  std::vector<FieldError> take() { return std::move(list_); }

 private:
  std::vector<FieldError> list_;
};

/// Reads a text value or an enum from its text.
void read_text(const Codec& codec, std::string_view text, const Path& at, Mistakes& mistakes, void* out);
void read_enum(const Codec& codec, std::string_view text, const Path& at, Mistakes& mistakes, void* out);
/// Stores an integer that was read, if it is within the codec's range.
void store_integer(const Codec& codec, std::int64_t value, const Path& at, Mistakes& mistakes, void* out);
void add_integer_range(const Codec& codec, const Path& at, Mistakes& mistakes);

}  // namespace tandem::json
