// What cairo 1.16 does not write into a PDF's catalogue: the language, for readers that speak, and that the
// window shows the title.
#pragma once
#include <string>
#include <string_view>

namespace tandem::documents {

/// Adds them in an incremental update (ISO 32000-1, 7.5.6): the bytes before stay as they are. Asserts that
/// the file is one of cairo's.
std::string with_language(std::string pdf, std::string_view language);

}  // namespace tandem::documents
