// Reads files of the shared data folder (TANDEM_SHARED, default ../shared beside the source tree) in tests. A
// test whose file is not on this machine is skipped and says which file it wanted.
#pragma once
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::test {

/// The path of a shared file, whether it is there or not.
std::string shared_path(std::string_view name);
/// The file's content, gzip unpacked; nullopt when there is no such file. At most 256 MiB.
std::optional<std::string> shared_file(std::string_view name);
/// The lines of a text without their ends; a last empty one is left out.
std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace tandem::test

/// Declares `variable`, the content of a shared file, or skips the test.
#define TANDEM_SHARED_FILE(variable, name)                           \
  const auto variable##_or_none = ::tandem::test::shared_file(name); \
  if (!variable##_or_none)                                           \
    GTEST_SKIP() << "needs " << ::tandem::test::shared_path(name)    \
                 << ": set TANDEM_SHARED to the shared folder";      \
  const std::string& variable = *variable##_or_none
