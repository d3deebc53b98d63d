#include "support/shared_data.hpp"

#include <zlib.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace tandem::test {

std::string shared_path(std::string_view name) {
  const char* folder = std::getenv("TANDEM_SHARED");
  std::string path = folder && *folder ? folder : TANDEM_SOURCE_DIR "/../shared";
  path += '/';
  path += name;
  return path;
}

std::optional<std::string> shared_file(std::string_view name) {
  constexpr std::size_t kMostBytes = 256 << 20;
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(shared_path(name).c_str(), "rb"), gzclose);
  if (!file) return std::nullopt;
  std::string content;
  std::array<char, 65536> buffer{};
  while (true) {
    const int got = gzread(file.get(), buffer.data(), buffer.size());
    if (got < 0 || content.size() > kMostBytes)
      throw std::runtime_error("cannot be read: " + shared_path(name));
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace tandem::test
