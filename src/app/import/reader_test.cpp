#include "app/import/reader.hpp"

#include <gtest/gtest.h>

#include "support/import_files.hpp"

namespace tandem::app::importing {
namespace {

using attribution::ConversionFacts;
using attribution::ReversalFacts;

constexpr std::string_view kConversions = R"(
format = 1
kind = "conversions"
[source]
name = "shop"
time_format = "%Y-%m-%d %H:%M"
[columns]
external_id = "id"
occurred_at = "at"
amount = "sum"
currency = "cur"
product = "sku"
reference = "ref"
metadata.note = "note"
)";
constexpr std::string_view kPartner = "[partner]\nby = \"column\"\ncolumn = \"who\"\nmatch = \"name\"\n";
constexpr std::string_view kGroup = "[group]\nby = \"external_id\"\n";
constexpr std::string_view kCredit = "[credit]\nprefix = \"C\"\nunreferenced = \"own\"\n";
constexpr std::string_view kHeader = "id,at,sum,cur,sku,ref,note,who\n";

Mapping mapping(std::initializer_list<std::string_view> parts, Kind kind = Kind::conversions) {
  std::string toml;
  for (const auto part : parts) toml += part;
  return read_mapping(toml, "m.toml", kind);
}

/// "id=amount@partner" of sales, "id=-amount@partner>reference" of credit notes, in the order of storing.
std::string rows_of(ImportReader& reader, std::size_t most = 100) {
  std::string out;
  while (const auto batch = reader.next(most)) {
    EXPECT_LE(batch->conversions.size(), most);
    for (const auto& row : batch->conversions) {
      if (!out.empty()) out += "; ";
      const auto whose = row.partner ? "@" + row.partner->slug : "";
      if (const auto* sale = std::get_if<ConversionFacts>(&row.facts)) {
        out += fmt::format("{}={}{}", sale->external_id, sale->gross.str(), whose);
      } else {
        const auto& credit = std::get<ReversalFacts>(row.facts);
        out += fmt::format("{}=-{}{}", credit.external_id, credit.amount.str(), whose);
        if (credit.conversion) out += ">" + *credit.conversion;
      }
    }
  }
  return out;
}

struct Result {
  std::string rows, refusals;
  Counts counts;
};
Result import(std::string_view lines, std::initializer_list<std::string_view> parts) {
  const TemporaryFile file(std::string(kHeader) + std::string(lines));
  ImportReader reader(file.path(), mapping(parts));
  auto rows = rows_of(reader);
  EXPECT_EQ(reader.counts().lines.read, reader.counts().lines.used + reader.counts().lines.zero +
                                            reader.counts().lines.skipped + reader.counts().lines.refused);
  return {std::move(rows), refused(reader), reader.counts()};
}

TEST(ImportReader, groups_lines_wherever_they_stand_and_orders_by_time) {
  const auto result = import(
      "1,2026-01-02 10:00,10.10,EUR,a,,,Ann\n"
      "2,2026-01-01 10:00,5,EUR,b,,,Bob\n"
      "1,2026-01-02 09:00,0.005,EUR,c,,,Ann\n"
      "C3,2026-01-02 09:00,-4,EUR,,1,,Ann\n"
      "C4,2026-01-05 00:00,-1.5,EUR,,,,Bob\n",
      {kConversions, kPartner, kGroup, kCredit});
  EXPECT_EQ(result.rows, "2=5@bob; 1=10.105@ann; C3=-4@ann>1; C4=-1.5@bob");
  EXPECT_EQ(result.refusals, "");
  EXPECT_EQ(result.counts.lines.used, 5);
}

TEST(ImportReader, facts_of_a_group) {
  const TemporaryFile file(std::string(kHeader) +
                           "1,2026-01-02 10:00,10,EUR,a,,hello,Ann\n"
                           "2,2026-01-03 10:00,10,EUR,a,,x,Ann\n2,2026-01-03 10:00,10,,a,,x,\n"
                           "3,2026-01-04 10:00,10,EUR,a,,x,Ann\n3,2026-01-04 11:00,10,EUR,b,,y,Ann\n");
  ImportReader reader(file.path(), mapping({kConversions, kPartner, kGroup}));
  const auto batch = reader.next(10);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->conversions.size(), 3U);
  const auto& one = std::get<ConversionFacts>(batch->conversions[0].facts);
  EXPECT_EQ(one.source, "import:shop");
  EXPECT_EQ(one.product, "a");
  EXPECT_EQ(one.metadata, (std::vector<std::pair<std::string, std::string>>{{"note", "hello"}}));
  const auto& same = std::get<ConversionFacts>(batch->conversions[1].facts);
  EXPECT_EQ(same.product, "a");
  EXPECT_EQ(same.gross.str(), "20");
  const auto& mixed = std::get<ConversionFacts>(batch->conversions[2].facts);
  EXPECT_FALSE(mixed.product);
  EXPECT_TRUE(mixed.metadata.empty());
  EXPECT_EQ(mixed.occurred_at.str(), "2026-01-04T10:00:00.000Z");
  EXPECT_EQ(reader.partners().size(), 1U);
}

TEST(ImportReader, a_refused_line_takes_its_group_along) {
  const auto result = import(
      "1,2026-01-02 10:00,10,EUR,,,,Ann\n"
      "1,2026-01-02 10:00,ten,EUR,,,,Ann\n"
      "1,2026-01-02 10:00,1,EUR,,,,Ann\n"
      "2,2026-01-02 10:00,7,EUR,,,,Ann\n"
      "3,2026-02-30 10:00,7,EUR,,,,Ann\n"
      "4,2026-01-02 10:00,7,EUR\n"
      "4,2026-01-02 10:00,7,EUR,,,,Ann\n"
      ",2026-01-02 10:00,7,EUR,,,,Ann\n"
      "5,2026-01-02 10:00,,EUR,,,,Ann\n"
      "6,2026-01-02 10:00,7,XXX,,,,Ann\n"
      "7,,7,EUR,,,,Ann\n"
      "8,2026-01-02 10:00,7,EUR,,,,\n"
      "9,2026-01-02 10:00,7,EUR,,,,Ann\n9,2026-01-02 10:00,7,USD,,,,Ann\n",
      {kConversions, kPartner, kGroup});
  EXPECT_EQ(result.rows, "2=7@ann");
  EXPECT_EQ(result.refusals,
            "2 group; 3 number sum; 4 group; 6 time at; 7 cells; 8 group; 9 missing id; 10 missing sum; "
            "11 currency cur; 12 missing at; 13 partner_unknown who; 14 group; 15 group_differs cur");
  EXPECT_EQ(result.counts.rows_refused, 8);
}

TEST(ImportReader, signs) {
  const std::string_view lines =
      "1,2026-01-02 10:00,-1,EUR,,,,Ann\nC2,2026-01-02 10:00,1,EUR,,,,Ann\nC3,2026-01-02 10:00,0,EUR,,,,Ann\n"
      "4,2026-01-02 10:00,0,EUR,,,,Ann\n";
  const auto kept = import(lines, {kConversions, kPartner, kCredit});
  EXPECT_EQ(kept.rows, "4=0@ann");
  EXPECT_EQ(kept.refusals, "2 sale_sign; 3 credit_sign");
  EXPECT_EQ(kept.counts.rows_skipped, 1);
  EXPECT_EQ(import(lines, {kConversions, kPartner}).refusals, "2 sale_sign");
  const auto by_sign =
      import(lines, {kConversions, kPartner, "[credit]\nsign = \"negative\"\nunreferenced = \"own\"\n"});
  EXPECT_EQ(by_sign.rows, "1=-1@ann; C2=1@ann; C3=0@ann; 4=0@ann");
  const auto positive = import(
      lines,
      {kConversions, kPartner, "[credit]\nprefix = \"C\"\namounts = \"positive\"\nunreferenced = \"own\"\n"});
  EXPECT_EQ(positive.rows, "C2=-1@ann; 4=0@ann");
  EXPECT_EQ(import(lines, {kConversions, kPartner, "[group]\nzero_total = \"skip\"\n", kCredit}).rows, "");
  EXPECT_EQ(
      import("C1,2026-01-02 10:00,-1,EUR,,,,Ann\n", {kConversions, kPartner, "[credit]\nprefix = \"C\"\n"})
          .refusals,
      "2 missing ref");
}

TEST(ImportReader, limits_of_amounts) {
  EXPECT_EQ(import("1,2026-01-02 10:00,10000000000,EUR,,,,A\n2,2026-01-02 10:00,10000000000.01,EUR,,,,A\n"
                   "3,2026-01-02 10:00,10000000000000,EUR,,,,A\n",
                   {kConversions, kPartner})
                .refusals,
            "3 too_large; 4 too_large sum");
  const auto product = [](std::string_view quantity, std::string_view price) {
    const TemporaryFile file(fmt::format("id,at,q,p,who\n1,2026-01-02 10:00,{},{},A\n", quantity, price));
    ImportReader reader(
        file.path(),
        mapping({"format = 1\nkind = \"conversions\"\n[source]\nname = \"s\"\n"
                 "time_format = \"%F %H:%M\"\n[constants]\ncurrency = \"JPY\"\n[columns]\n"
                 "external_id = \"id\"\noccurred_at = \"at\"\nquantity = \"q\"\nunit_price = \"p\"\n",
                 kPartner}));
    return rows_of(reader) + refused(reader);
  };
  EXPECT_EQ(product("3", "0.333"), "1=0.999@p-559aead08264");
  EXPECT_EQ(product("0.001", "0.002"), "1=0.000002@p-559aead08264");
  EXPECT_EQ(product("0.001", "0.0001"), "2 precision");
  EXPECT_EQ(product("0.5", "0.000002"), "1=0.000001@p-559aead08264") << "zeros do not count";
  EXPECT_EQ(product("999999999999999", "999999999999999"), "2 too_large");
}

TEST(ImportReader, minor_units) {
  const auto result = import(
      "1,2026-01-02 10:00,1234,EUR,,,,An\n2,2026-01-02 10:00,1234,JPY,,,,An\n3,2026-01-02 10:00,1.5,EUR,,,,An\n",
      {kConversions, kPartner, "[group]\namount_unit = \"minor\"\n"});
  EXPECT_EQ(result.rows, "1=12.34@an; 2=1234@an");
  EXPECT_EQ(result.refusals, "4 number sum");
}

TEST(ImportReader, rules_decide_in_their_order) {
  const std::string_view rules = R"(
[[rules]]
name = "tests"
when = [{ column = "note", test = "in", values = ["test", "demo"] }]
then = "skip"
reason = "ours"
[[rules]]
name = "gifts"
when = [{ fact = "amount", test = "zero" }, { column = "who", test = "empty", not = true }]
then = "zero"
reason = "worth nothing"
[[rules]]
name = "minus"
when = [
  { fact = "amount", test = "negative" },
  { fact = "external_id", test = "prefix", value = "C", not = true },
]
then = "refuse"
reason = "hidden"
)";
  const auto result = import(
      "1,2026-01-02 10:00,5,EUR,,,,Ann\n1,2026-01-02 10:00,0,EUR,,,,Ann\n1,2026-01-02 10:00,-9,EUR,,,test,\n"
      "1,2026-01-02 10:00,-9,EUR,,,demo,Ann\n2,2026-01-02 10:00,-1,EUR,,,,Ann\n2,2026-01-02 10:00,9,EUR,,,,Ann\n"
      "C3,2026-01-02 10:00,-1,EUR,,,,Ann\n4,2026-01-02 10:00,1,EUR,,,test,Ann\n",
      {kConversions, rules, kPartner, kGroup, kCredit});
  EXPECT_EQ(result.rows, "1=5@ann; C3=-1@ann");
  EXPECT_EQ(result.refusals, "6 rule minus; 7 group");
  EXPECT_EQ(result.counts.lines.skipped, 3);
  EXPECT_EQ(result.counts.lines.zero, 1);
  EXPECT_EQ(result.counts.rules[0].lines, 3);
  EXPECT_EQ(result.counts.rules[2].lines, 1);
}

TEST(ImportReader, without_groups_a_repeated_id_is_refused) {
  const auto result =
      import("1,2026-01-02 10:00,5,EUR,,,,Ann\n1,2026-01-02 10:00,6,EUR,,,,Ann\n", {kConversions, kPartner});
  EXPECT_EQ(result.rows, "1=5@ann");
  EXPECT_EQ(result.refusals, "3 duplicate id");
  EXPECT_EQ(result.counts.rows_refused, 1);
}

TEST(ImportReader, batches_marks_and_refusals_by_the_database) {
  std::string lines(kHeader);
  for (int i = 0; i < 10; ++i) lines += fmt::format("{},2026-01-02 10:00,{},EUR,,,,Ann\n", i / 2, i);
  const TemporaryFile file(lines);
  ImportReader reader(file.path(), mapping({kConversions, kPartner, kGroup}));
  EXPECT_EQ(reader.rows(), 5U);
  EXPECT_EQ(reader.next(2)->mark, 2U);
  const auto second = reader.next(2);
  EXPECT_EQ(second->mark, 4U);
  reader.refuse(second->conversions[0].row, "already_different", "", "stored with other content");
  EXPECT_EQ(refused(reader), "6 already_different; 7 group");
  EXPECT_EQ(reader.counts().lines.used, 8);
  EXPECT_EQ(reader.counts().lines.refused, 2);
  EXPECT_EQ(reader.counts().rows_refused, 1);
  EXPECT_EQ(reader.next(2)->mark, 5U);
  EXPECT_FALSE(reader.next(2));
  reader.skip(4);
  const auto again = reader.next(100);
  EXPECT_EQ(std::get<ConversionFacts>(again->conversions.at(0).facts).external_id, "4");
  EXPECT_EQ(
      report_csv(reader.refusals()),
      "line,column,code,rule,reason\r\n6,\"\",\"already_different\",\"\",\"stored with other content\"\r\n"
      "7,\"\",\"group\",\"\",\"line 6 of the same group was refused\"\r\n");
}

TEST(ImportReader, files_that_do_not_fit_the_mapping) {
  const auto error = [](std::string_view content) -> std::string {
    const TemporaryFile file(content);
    try {
      ImportReader(file.path(), mapping({kConversions, kPartner}));
    } catch (const ImportError& e) {
      return e.what();
    }
    return "none";
  };
  EXPECT_EQ(error(kHeader), "none") << "no lines: no rows";
  EXPECT_TRUE(error("").ends_with("is empty"));
  EXPECT_EQ(error("id,at\n"), "the file has no column sum; its columns are id, at");
  EXPECT_TRUE(error("id,id\n").ends_with("the header names id twice"));
}

TEST(ImportReader, partners_by_other_means) {
  const std::string head =
      "format = 1\nkind = \"conversions\"\n[source]\nname = \"s\"\ntime_format = \"unix\"\n[columns]\n"
      "external_id = \"id\"\noccurred_at = \"at\"\namount = \"sum\"\nlink_code = \"link\"\ncoupon = \"coupon\"\n"
      "email = \"mail\"\ncustomer_external_id = \"customer\"\n[constants]\ncurrency = \"EUR\"\n[partner]\n";
  const TemporaryFile file(
      "id,at,sum,link,coupon,mail,customer\n1,1700000000,5,Spring-1,,A@B.example,cus_1\n"
      "2,1700000000,5,,SAVE10,a@b.example,\n3,1700000000,5,bad code,,no mail,\n4,1700000000,5,,,,\n");
  const auto first = [&](std::string_view partner) {
    ImportReader reader(file.path(), mapping({head, partner}));
    std::vector<ConversionFacts> out;
    while (const auto batch = reader.next(10))
      for (const auto& row : batch->conversions) out.push_back(std::get<ConversionFacts>(row.facts));
    return std::pair(out, refused(reader));
  };
  const auto [links, no_link] = first("by = \"link\"\n");
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0].who.link_code, "spring-1");
  EXPECT_EQ(no_link, "3 partner_unknown link; 4 link_unknown link; 5 partner_unknown link");
  const auto [coupons, no_coupon] = first("by = \"coupon\"\nmissing = \"unattributed\"\n");
  ASSERT_EQ(coupons.size(), 3U);
  EXPECT_EQ(coupons[1].who.coupon_code, "save10");
  EXPECT_FALSE(coupons[0].who.names_somebody());
  EXPECT_FALSE(coupons[0].needs_attribution);
  const auto [leads, no_lead] = first("by = \"lead\"\n");
  ASSERT_EQ(leads.size(), 2U);
  EXPECT_EQ(leads[0].who.lead_alias, "cus_1");
  EXPECT_EQ(leads[0].who.email, "a@b.example");
  EXPECT_TRUE(leads[0].needs_attribution);
}

TEST(ImportReader, visits_and_leads) {
  const TemporaryFile log(
      "time,cookie,ref,url,agent,ip\n2026-01-02T00:00:00Z,c-1,Spring,https://a.example/,curl/8,10.0.0.1\n"
      "2026-01-01T00:00:00Z,c-2,spring,,,\n2026-01-01T00:00:00Z,,spring,,,\n"
      "2026-01-01T00:00:00Z,c-3,spring,,,999.1.1.1\n");
  ImportReader visits(log.path(),
                      mapping({"format = 1\nkind = \"visits\"\n[source]\nname = \"log\"\n[columns]\n"
                               "occurred_at = \"time\"\nvisitor_id = \"cookie\"\nlink_code = \"ref\"\n"
                               "landing_url = \"url\"\nuser_agent = \"agent\"\nip_address = \"ip\"\n"},
                              Kind::visits));
  EXPECT_EQ(refused(visits), "4 missing cookie; 5 address ip");
  EXPECT_EQ(visits.counts().rows_refused, 2);
  const auto rows = visits.next(10)->visits;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].external_id, "line:3");
  EXPECT_EQ(rows[1].link_code, "spring");
  EXPECT_EQ(rows[1].user_agent, "curl/8");
  EXPECT_EQ(rows[1].visitor_id.size(), 36U);

  const TemporaryFile crm(
      "id;created;mail;full_name;cookie;promo\n1;02.01.2026 10:00;A@b.example;Ann;c-1;SAVE\n"
      "2;02.01.2026 09:00;not mail;;;\n3;02.01.2026 09:00;;;;\n4;02.01.2026 09:00;x@example.com;;;\n"
      "1;02.01.2026 10:00;b@b.example;;;\n");
  ImportReader leads(
      crm.path(),
      mapping({"format = 1\nkind = \"leads\"\n[source]\nname = \"log\"\ndelimiter = \";\"\n"
               "time_zone = \"Asia/Tashkent\"\ntime_format = \"%d.%m.%Y %H:%M\"\n[columns]\n"
               "external_id = \"id\"\noccurred_at = \"created\"\nemail = \"mail\"\nname = \"full_name\"\n"
               "visitor_id = \"cookie\"\ncoupon = \"promo\"\n[[rules]]\nname = \"test_entry\"\n"
               "when = [{ fact = \"email\", test = \"suffix\", value = \"@example.com\" }]\n"
               "then = \"skip\"\nreason = \"our testers\"\n"},
              Kind::leads));
  EXPECT_EQ(refused(leads), "3 email mail; 4 missing mail; 6 duplicate id");
  const auto people = leads.next(10)->leads;
  ASSERT_EQ(people.size(), 1U);
  EXPECT_EQ(people[0].email, "a@b.example");
  EXPECT_EQ(people[0].coupon_code, "save");
  EXPECT_EQ(people[0].at.str(), "2026-01-02T05:00:00.000Z");
  EXPECT_EQ(people[0].visitor_id, rows[1].visitor_id) << "visits and leads of one source meet";
}

}  // namespace
}  // namespace tandem::app::importing
