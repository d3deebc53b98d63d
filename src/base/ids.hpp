// Uuid and Id<Tag>: identifiers as 16 bytes. Every id is a UUIDv7 (RFC 9562) made by the server, so ids of
// one process are ordered by time. An Id<Tag> of one kind cannot be passed for another.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

class Uuid {
 public:
  constexpr Uuid() = default;
  explicit constexpr Uuid(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}
  /// The canonical 8-4-4-4-12 form, upper or lower case; nothing else.
  static std::optional<Uuid> parse(std::string_view text);
  /// A UUIDv7: 48 bits of `unix_ms`, then `random` (version and variant bits are overwritten).
  static Uuid v7(std::int64_t unix_ms, const std::array<std::uint8_t, 10>& random);
  /// Appends the 36 lower-case characters.
  void append_to(std::string& out) const;
  std::string str() const {
    std::string out;
    append_to(out);
    return out;
  }
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  /// Milliseconds since 1970 UTC of a version 7 id.
  std::int64_t unix_ms() const;
  bool is_nil() const { return *this == Uuid{}; }
  auto operator<=>(const Uuid&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// An identifier of one kind of thing; Tag is an incomplete type that only names it.
template <class Tag>
class Id {
 public:
  static constexpr std::string_view kFormat = "uuid";
  constexpr Id() = default;
  explicit constexpr Id(const Uuid& uuid) : uuid_(uuid) {}
  static std::optional<Id> parse(std::string_view text) {
    const auto uuid = Uuid::parse(text);
    if (!uuid) return std::nullopt;
    return Id{*uuid};
  }
  const Uuid& uuid() const { return uuid_; }
  std::string str() const { return uuid_.str(); }
  void append_to(std::string& out) const { uuid_.append_to(out); }
  auto operator<=>(const Id&) const = default;

 private:
  Uuid uuid_;
};

// Ids that the platform modules need; every other kind is declared in its feature's ids.hpp.
using OrganizationId = Id<struct OrganizationTag>;
using ActorId = Id<struct ActorTag>;  // a user, an API key, or the nil id for the system
using PartnerId = Id<struct PartnerTag>;

}  // namespace tandem

template <>
struct std::hash<tandem::Uuid> {
  std::size_t operator()(const tandem::Uuid& uuid) const noexcept {
    // The last eight bytes of a UUIDv7 are random.
    std::uint64_t tail = 0;
    std::memcpy(&tail, uuid.bytes().data() + 8, sizeof tail);
    return static_cast<std::size_t>(tail);
  }
};
template <class Tag>
struct std::hash<tandem::Id<Tag>> {
  std::size_t operator()(const tandem::Id<Tag>& id) const noexcept {
    return std::hash<tandem::Uuid>{}(id.uuid());
  }
};
