#include "app/import/mapping.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace tandem::app::importing {
namespace {

constexpr std::string_view kHead = "format = 1\nkind = \"conversions\"\n[source]\nname = \"shop\"\n";
constexpr std::string_view kFacts1 =
    "[columns]\nexternal_id = \"id\"\noccurred_at = \"at\"\namount = \"sum\"\n[constants]\ncurrency = \"EUR\"\n";
constexpr std::string_view kPartner = "[partner]\nby = \"column\"\ncolumn = \"who\"\n";

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto part : parts) out += part;
  return out;
}
std::string error_of(std::string_view toml, Kind kind = Kind::conversions) {
  try {
    read_mapping(toml, "m.toml", kind);
  } catch (const MappingError& error) {
    return error.what();
  }
  return "none";
}

TEST(Mapping, of_the_demo) {
  std::ifstream file(TANDEM_SOURCE_DIR "/demo/online-retail.toml");
  std::ostringstream text;
  text << file.rdbuf();
  const auto mapping = read_mapping(text.str(), "demo/online-retail.toml", Kind::conversions);
  EXPECT_EQ(mapping.source.name, "online-retail");
  EXPECT_EQ(mapping.source.time_zone.str(), "Europe/London");
  EXPECT_EQ(std::get<Column>(mapping.place(Fact::unit_price)).name, "UnitPrice");
  EXPECT_EQ(std::get<Constant>(mapping.place(Fact::currency)).text, "GBP");
  EXPECT_EQ(std::get<Column>(mapping.place(Fact::partner)).name, "Country");
  ASSERT_EQ(mapping.rules.size(), 4U);
  EXPECT_EQ(mapping.rules[1].name, "no_price");
  EXPECT_EQ(mapping.rules[1].then, Then::zero);
  EXPECT_TRUE(mapping.rules[2].when[0].negated);
  EXPECT_TRUE(mapping.group.by_external_id);
  EXPECT_EQ(mapping.credit->prefix, "C");
  EXPECT_TRUE(mapping.credit->own);
  EXPECT_TRUE(mapping.partner.create);
  EXPECT_EQ(mapping.deal->name, "Online Retail 5 %");
  EXPECT_EQ(mapping.deal->term.rate.ppm(), 50'000);
  EXPECT_EQ(mapping.deal->term.valid_from.str(), "2010-01-01T00:00:00.000Z");
}

TEST(Mapping, visits_and_leads) {
  const auto visits = read_mapping(
      "format = 1\nkind = \"visits\"\n[source]\nname = \"log\"\n[columns]\noccurred_at = \"time\"\n"
      "visitor_id = \"cookie\"\nlink_code = \"ref\"\nmetadata.page = \"p\"\nmetadata.other = \"q\"\n",
      "v.toml", Kind::visits);
  EXPECT_EQ(visits.metadata.size(), 2U);
  const auto leads = read_mapping(
      "format = 1\nkind = \"leads\"\n[source]\nname = \"crm\"\ndelimiter = \";\"\ntime_format = \"%d.%m.%Y %H:%M\"\n"
      "[columns]\nexternal_id = \"id\"\noccurred_at = \"created\"\nemail = \"mail\"\n",
      "l.toml", Kind::leads);
  EXPECT_EQ(leads.source.delimiter, ';');
  EXPECT_FALSE(leads.partner.by);
}

TEST(Mapping, mistakes_name_their_line) {
  const auto good = joined({kHead, kFacts1, kPartner});
  EXPECT_EQ(error_of(good), "none");
  EXPECT_EQ(error_of("format = 1\nkind = \"visits\"\n"),
            "m.toml:2: kind is conversions, as on the command line");
  EXPECT_EQ(error_of("format = 2\n"), "m.toml:1: format is 1");
  EXPECT_EQ(error_of(""), "m.toml: format is missing");
  EXPECT_EQ(error_of("format = 1\nkind = \"conversions\"\n"), "m.toml: source is missing");
  EXPECT_EQ(error_of("a = \n").substr(0, 9), "m.toml:1:");
  EXPECT_EQ(error_of(joined({kHead, "colour = \"red\"\n", kFacts1, kPartner})),
            "m.toml:5: source.colour is unknown");
  EXPECT_EQ(error_of(joined({good, "[extra]\n"})), "m.toml:14: extra is unknown");
  EXPECT_EQ(error_of(joined({kHead, "time_zone = \"Mars/Olympus\"\n", kFacts1, kPartner})),
            "m.toml:5: source.time_zone is an IANA time zone such as Europe/London");
  EXPECT_EQ(error_of(joined({kHead, "delimiter = \"::\"\n", kFacts1, kPartner})),
            "m.toml:5: source.delimiter is one ASCII character");
  EXPECT_EQ(error_of(joined({kHead, "[columns]\nuser_agent = \"a\"\n"})),
            "m.toml:6: columns.user_agent is no fact of conversions");
  EXPECT_EQ(error_of(joined({kHead, kFacts1, "external_id = \"x\"\n", kPartner})),
            "m.toml:11: constants.external_id stands in [columns] and [constants]");
  EXPECT_EQ(error_of(joined({kHead, kFacts1})), "m.toml: [partner] by is needed");
  EXPECT_EQ(error_of(joined({good, "create = true\n"})),
            "m.toml: [deal] is needed with create = true, and only then");
  EXPECT_EQ(error_of(joined({good, "match = \"id\"\ncreate = true\n"})),
            "m.toml:15: partner.create cannot make a partner from an id");
  EXPECT_EQ(error_of(joined({good, "[group]\nby = \"country\"\n"})), "m.toml:15: group.by is external_id");
  EXPECT_EQ(error_of(joined({good, "[group]\nzero_total = \"drop\"\n"})),
            "m.toml:15: group.zero_total is one of keep, skip");
  EXPECT_EQ(error_of(joined({good, "[credit]\namounts = \"negative\"\n"})),
            "m.toml:14: [credit] needs prefix or sign");
  EXPECT_EQ(
      error_of(joined({good, "[[rules]]\nname = \"a\"\nwhen = [{ fact = \"plan\", test = \"empty\" }]\n"})),
      "m.toml:16: rules.when.fact is not in [columns] or [constants]");
  EXPECT_EQ(
      error_of(joined({good, "[[rules]]\nname = \"a\"\nwhen = [{ column = \"x\", test = \"near\" }]\n"})),
      "m.toml:16: rules.when.test is not one of its words: empty, zero, positive, negative, equals, prefix, "
      "suffix, in");
  EXPECT_EQ(error_of(joined({good, "[[rules]]\nname = \"a\"\nwhen = []\n"})),
            "m.toml:14: [rules] when needs at least one test");
}

TEST(Mapping, deals) {
  const auto with = [](std::string_view deal) {
    return joined(
        {kHead, kFacts1, kPartner, "create = true\n[deal]\nname = \"d\"\nstarts_on = 2026-01-01\n", deal});
  };
  EXPECT_EQ(error_of(with("rate_ppm = 50000\n")), "none");
  EXPECT_EQ(error_of(with("amount = 500\ncurrency = \"EUR\"\nduration = \"months\"\nduration_months = 12\n")),
            "none");
  EXPECT_EQ(error_of(with("")), "m.toml:15: [deal] needs rate_ppm or amount, not both");
  EXPECT_EQ(error_of(with("rate_ppm = 1000001\n")), "m.toml:18: deal.rate_ppm is 0 to 1000000");
  EXPECT_EQ(error_of(with("amount = 500\n")), "m.toml:15: [deal] currency is missing");
  EXPECT_EQ(error_of(with("rate_ppm = 1\nduration = \"months\"\n")),
            "m.toml:15: [deal] duration_months is 1 to 120 with duration = \"months\", and absent without");
  EXPECT_EQ(error_of(with("rate_ppm = 1\nduration_months = 3\n")),
            "m.toml:19: deal.duration_months is 1 to 120 with duration = \"months\", and absent without");
  EXPECT_EQ(error_of(with("rate_ppm = 1\nhold_days = 366\n")), "m.toml:19: deal.hold_days is 0 to 365");
}

}  // namespace
}  // namespace tandem::app::importing
