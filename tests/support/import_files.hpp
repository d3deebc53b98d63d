// Files and mappings for the tests of the importer.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "app/import/reader.hpp"

namespace tandem::app::importing {

/// A file that is gone when the test is over.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content) {
    static std::atomic<int> number = 0;
    path_ = std::filesystem::path(testing::TempDir()) /
            ("tandem-import-" + std::to_string(getpid()) + "-" + std::to_string(++number));
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// "line code column; …" of everything that was refused, in order of lines.
inline std::string refused(const ImportReader& reader) {
  auto all = reader.refusals();
  std::ranges::sort(all, {}, &Refusal::line);
  std::string out;
  for (const auto& refusal : all) {
    if (!out.empty()) out += "; ";
    out += std::to_string(refusal.line) + ' ' + std::string(refusal.code);
    if (!refusal.column.empty()) out += ' ' + refusal.column;
    if (!refusal.rule.empty()) out += ' ' + refusal.rule;
  }
  return out;
}

}  // namespace tandem::app::importing
