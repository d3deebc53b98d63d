// The documents that are checked in are what the program prints now, and the OpenAPI document's references
// lead somewhere. A public linter reads it in ./dev lint.
#include "http/openapi.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "app/wiring.hpp"
#include "http/platform_routes.hpp"

namespace tandem::http {
namespace {

std::string file(const std::string& name) {
  std::ifstream in(std::string(TANDEM_SOURCE_DIR) + "/docs/api/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The first line that differs, to be read by a person.
std::string difference(const std::string& kept, const std::string& printed) {
  const auto at = std::ranges::mismatch(kept, printed).in1 - kept.begin();
  const auto line = std::ranges::count(kept.begin(), kept.begin() + at, '\n') + 1;
  return fmt::format("differs from line {} on", line);
}

class Documents : public testing::Test {
 protected:
  Documents() {
    app::declare_routes(routes);
    declare_platform_routes(routes, {});
    routes.check();
  }
  Routes routes;
};

TEST_F(Documents, TheOpenApiDocumentIsCurrent) {
  const std::string kept = file("openapi.json"), printed = openapi_document(routes);
  EXPECT_TRUE(kept == printed) << difference(kept, printed)
                               << "; run: build/debug/tandem openapi > docs/api/openapi.json";
}

TEST_F(Documents, TheCatalogueOfRefusalsIsCurrent) {
  const std::string kept = file("problems.md"), printed = problems_document(routes);
  EXPECT_TRUE(kept == printed) << difference(kept, printed)
                               << "; run: build/debug/tandem openapi --problems > docs/api/problems.md";
}

TEST_F(Documents, EveryReferenceLeadsSomewhere) {
  const std::string document = openapi_document(routes);
  constexpr std::string_view kReference = "\"#/components/schemas/";
  int references = 0;
  for (auto at = document.find(kReference); at != std::string::npos; at = document.find(kReference, at + 1)) {
    const auto begin = at + kReference.size();
    const std::string name = document.substr(begin, document.find('"', begin) - begin);
    EXPECT_TRUE(document.contains(fmt::format("\n      \"{}\": {{", name))) << name;
    ++references;
  }
  EXPECT_GT(references, 100);
}

TEST_F(Documents, EveryOperationIsNamedOnce) {
  const std::string document = openapi_document(routes);
  constexpr std::string_view kName = "\"operationId\": \"";
  std::set<std::string> names;
  for (auto at = document.find(kName); at != std::string::npos; at = document.find(kName, at + 1)) {
    const auto begin = at + kName.size();
    const std::string name = document.substr(begin, document.find('"', begin) - begin);
    EXPECT_TRUE(names.insert(name).second) << name << " stands twice";
  }
  EXPECT_EQ(names.size(), routes.all().size());
}

}  // namespace
}  // namespace tandem::http
