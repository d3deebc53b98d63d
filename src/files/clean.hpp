// Files that people send: PNG, JPEG and PDF, recognised by their content. Used by features that take uploads.
#pragma once
#include <string>
#include <string_view>

#include "base/problem.hpp"
#include "base/task.hpp"

namespace tandem::files {

inline constexpr ProblemKind kFileRefused{422, "file_refused", "This file is not taken"};
inline constexpr std::size_t kFileBytesMax = 10 << 20;
inline constexpr int kPixelsMax = 25'000'000;

struct CleanFile {
  std::string content_type;  // image/png, image/jpeg or application/pdf
  std::string extension;     // png, jpg or pdf
  std::string bytes;
};

/// Judges the bytes, and makes an image anew. `content_type` is what the sender says, `name` its file name;
/// both must agree with the content. Throws Problem kUnsupportedMediaType (something else, or another type
/// than said) and kFileRefused (empty, damaged, encrypted, too many pixels).
CleanFile clean(std::string_view bytes, std::string_view content_type, std::string_view name);

/// The same on the thread for files. Throws kUnavailable when too many wait.
Task<CleanFile> clean_elsewhere(std::string bytes, std::string content_type, std::string name);

}  // namespace tandem::files
