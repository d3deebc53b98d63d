// Reading JSON of others: documents whose shape we do not own (provider events). Unknown members are fine,
// missing ones read as nothing. Our own bodies are read by json.hpp, which is strict.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"

namespace tandem::json {

/// One value of a Document; valid as long as the Document lives. A View of nothing answers nothing to
/// everything.
class View {
 public:
  View() = default;
  /// A member of an object; a View of nothing when there is none.
  View operator[](std::string_view key) const;
  std::vector<View> items() const;  // of an array
  std::vector<std::pair<std::string_view, View>> members() const;
  std::optional<std::string_view> text() const;  // of a non-empty string
  std::optional<std::int64_t> integer() const;   // of an integer
  std::optional<bool> boolean() const;
  /// Of a number: as it was written, which a parsed double still tells while it has at most 15 digits.
  /// Nothing of longer ones, other than integers.
  std::optional<Decimal> decimal() const;
  bool exists() const { return present_; }
  bool is_null() const;

 private:
  friend class Document;
  alignas(8) std::byte element_[16]{};
  bool present_ = false;
};

/// A parsed document.
class Document {
 public:
  /// nullopt when it is not JSON, holds the character NUL or is longer than `bytes_max`.
  static std::optional<Document> parse(std::string_view text, std::size_t bytes_max = 256 * 1024);
  View root() const;
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

 private:
  struct Impl;
  explicit Document(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem::json
