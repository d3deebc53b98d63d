#include "crypto/master_key.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/assert.hpp"
#include "base/encoding.hpp"
#include "crypto/bytes.hpp"
#include "crypto/random.hpp"

namespace tandem::crypto {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, std::string_view what) {
  throw std::runtime_error(fmt::format("master key {}: {}", file.string(), what));
}
[[noreturn]] void fail_errno(const std::filesystem::path& file, std::string_view what) {
  fail(file, fmt::format("{}: {}", what, std::strerror(errno)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string decode(const std::filesystem::path& file, std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  auto bytes = text.size() == 2 * MasterKey::kBytes ? from_hex(text) : from_base64(text);
  if (!bytes || bytes->size() != MasterKey::kBytes) fail(file, "expected 32 bytes as hexadecimal or base64");
  return *std::move(bytes);
}

/// Checks what was opened, not the name: the file cannot be exchanged between the check and the reading.
MasterKey read_key(const std::filesystem::path& file, const Descriptor& open_file, std::uint8_t version) {
  struct stat status{};
  if (fstat(open_file.get(), &status) != 0) fail_errno(file, "cannot be examined");
  if (!S_ISREG(status.st_mode)) fail(file, "is not a plain file");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    fail(file, "is open to others than its owner; run chmod 600 and consider the key known");
  std::string text(256, '\0');
  const auto got = read(open_file.get(), text.data(), text.size());
  if (got < 0) fail_errno(file, "cannot be read");
  text.resize(static_cast<std::size_t>(got));
  MasterKey out(decode(file, text), version);
  wipe(text);
  return out;
}

Descriptor open_for_reading(const std::filesystem::path& file) {
  return Descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

/// Writes a key beside the file and links it to its name: there is never half a key, and never a second one.
void create(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const std::string draft = file.string() + "." + to_hex(random_bytes(8));
  {
    const Descriptor out(open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!out) fail_errno(file, "cannot be made");
    std::string text = to_hex(random_bytes(MasterKey::kBytes)) + "\n";
    const auto written = write(out.get(), text.data(), text.size());
    const bool whole = written == static_cast<ssize_t>(text.size()) && fsync(out.get()) == 0;
    wipe(text);
    if (!whole) {
      unlink(draft.c_str());
      fail_errno(file, "cannot be written");
    }
  }
  const bool linked = link(draft.c_str(), file.c_str()) == 0;
  const int error = errno;
  unlink(draft.c_str());
  errno = error;
  if (!linked && error != EEXIST) fail_errno(file, "cannot be made");
  const Descriptor directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || fsync(directory.get()) != 0) fail_errno(file, "its folder cannot be written");
}

}  // namespace

MasterKey::MasterKey(std::string bytes, std::uint8_t version) : bytes_(std::move(bytes)), version_(version) {
  TANDEM_ASSERT(bytes_.size() == kBytes, "a master key of {} bytes", bytes_.size());
}

MasterKey::~MasterKey() { wipe(bytes_); }

MasterKey load_master_key(const std::filesystem::path& file, std::uint8_t version) {
  const Descriptor opened = open_for_reading(file);
  if (!opened) fail_errno(file, "cannot be opened");
  return read_key(file, opened, version);
}

MasterKey load_or_create_master_key(const std::filesystem::path& file, std::uint8_t version) {
  {
    const Descriptor opened = open_for_reading(file);
    if (opened) return read_key(file, opened, version);
    if (errno != ENOENT) fail_errno(file, "cannot be opened");
  }
  create(file);
  return load_master_key(file, version);
}

}  // namespace tandem::crypto
