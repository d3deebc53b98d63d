#include "documents/catalog.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"

namespace tandem::documents {
namespace {

/// The text between the last `begin` and the `end` after it.
std::string_view last_between(std::string_view text, std::string_view begin, std::string_view end) {
  const auto at = text.rfind(begin);
  TANDEM_ASSERT(at != std::string_view::npos, "a PDF without {}", begin);
  const auto from = at + begin.size();
  const auto to = text.find(end, from);
  TANDEM_ASSERT(to != std::string_view::npos, "a PDF without an end of {}", begin);
  return text.substr(from, to - from);
}

/// "12" of " 12 0 R".
std::string_view number_of(std::string_view reference) {
  const auto begin = reference.find_first_of("0123456789");
  TANDEM_ASSERT(begin != std::string_view::npos, "no object in '{}'", reference);
  return reference.substr(begin, reference.find_first_not_of("0123456789", begin) - begin);
}

}  // namespace

std::string with_language(std::string pdf, std::string_view language) {
  const std::string previous(number_of(last_between(pdf, "startxref", "%%EOF")));
  const std::string trailer(last_between(pdf, "trailer", "startxref"));
  const std::string root(number_of(last_between(trailer, "/Root", "R")));
  std::string catalog(last_between(pdf, fmt::format("\n{} 0 obj\n", root), "endobj"));
  const auto open = catalog.find("<<");
  TANDEM_ASSERT(open != std::string::npos && catalog.find("/Catalog") != std::string::npos,
                "no catalogue in a PDF");
  if (catalog.find("/Lang") != std::string::npos) return pdf;
  catalog.insert(
      open + 2,
      fmt::format(
          " /Lang ({})\n   /MarkInfo << /Marked true >>\n   /ViewerPreferences << /DisplayDocTitle true >>\n  ",
          language));
  const auto at = pdf.size();
  pdf += fmt::format("{} 0 obj\n{}endobj\n", root, catalog);
  const auto table = pdf.size();
  std::string last = trailer;
  const auto close = last.rfind(">>");
  TANDEM_ASSERT(close != std::string::npos, "a PDF's trailer without an end");
  last.insert(close, fmt::format("   /Prev {}\n", previous));
  pdf += fmt::format("xref\n{} 1\n{:010} 00000 n \ntrailer{}startxref\n{}\n%%EOF\n", root, at, last, table);
  return pdf;
}

}  // namespace tandem::documents
