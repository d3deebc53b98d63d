#include "base/json_view.hpp"

#include <gtest/gtest.h>

namespace tandem::json {
namespace {

std::string decimal_of(const std::string& written) {
  const auto document = Document::parse(R"({"n": )" + written + "}");
  const auto number = document->root()["n"].decimal();
  return number ? number->str() : "none";
}

TEST(JsonView, NumbersAreAsTheyWereWritten) {
  for (const auto* written : {"0", "14.25", "0.1", "-113731.41", "0.07", "1000.5", "123456789012.34",
                              "9007199254740993", "0.000001", "99999999999999.9"})
    EXPECT_EQ(decimal_of(written), written);
  EXPECT_EQ(decimal_of("85.260"), "85.26");
  EXPECT_EQ(decimal_of("1.5e2"), "150");
  EXPECT_EQ(decimal_of("0.0"), "0");
  EXPECT_EQ(decimal_of("1234567890123.4567"), "none") << "a double does not tell its last digit";
  EXPECT_EQ(decimal_of("1e300"), "none");
  EXPECT_EQ(decimal_of(R"("14.25")"), "none");
  EXPECT_EQ(decimal_of("null"), "none");
}

}  // namespace
}  // namespace tandem::json
