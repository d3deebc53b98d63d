// The master key: 32 random bytes in a file outside the database. Everything that is encrypted or signed at
// rest hangs from it; without it a dump of the database is of no use. Loaded once at start by app.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tandem::crypto {

/// 32 bytes that are wiped when they go out of use, and that no log takes. The version tells old from new
/// after a change of key.
class MasterKey {
 public:
  static constexpr std::size_t kBytes = 32;
  /// Asserts the size.
  MasterKey(std::string bytes, std::uint8_t version);
  MasterKey(const MasterKey&) = default;
  MasterKey& operator=(const MasterKey&) = default;
  ~MasterKey();
  std::string_view bytes() const { return bytes_; }
  std::uint8_t version() const { return version_; }

 private:
  std::string bytes_;
  std::uint8_t version_;
};

/// Reads the key: one line of 64 hexadecimal digits or of base64. Throws std::runtime_error, naming the file
/// but never its content, when it is missing, malformed, not a plain file, or open to group or others.
MasterKey load_master_key(const std::filesystem::path& file, std::uint8_t version = 1);

/// The same, but makes the file (mode 0600, hexadecimal, on disk before this returns) when there is none. Of
/// several processes that start at once one makes it and all use that one.
MasterKey load_or_create_master_key(const std::filesystem::path& file, std::uint8_t version = 1);

}  // namespace tandem::crypto
