#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "base/assert.hpp"
#include "base/encoding.hpp"
#include "documents/statement_paper.hpp"

namespace tandem::documents {
namespace {

Currency currency(std::string_view code) { return Currency::parse(code).value(); }
Day day(std::string_view text) { return Day::parse(text).value(); }

/// What pdftotext and pdfinfo read.
std::string read_by(const std::string& program, const std::string& pdf) {
  const std::string path = testing::TempDir() + "paper.pdf";
  std::ofstream(path, std::ios::binary) << pdf;
  std::string out;
  FILE* pipe = popen(fmt::format(fmt::runtime(program), path).c_str(), "r");
  if (pipe == nullptr) return out;
  char buffer[4096];
  while (const auto n = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
  EXPECT_EQ(pclose(pipe), 0) << program;
  return out;
}
std::string text_of(const std::string& pdf) { return read_by("pdftotext -layout {} -", pdf); }

StatementData data(Language language, std::string_view code, int movements) {
  StatementData out{.head = {language, "Große Reise & Партнёры", "#0f766e",
                             Timestamp::parse("2026-04-01T10:00:00Z").value(), day("2026-04-01")},
                    .partner = {"", "Sunny <b>Side</b> Affiliates", {"12 High Street"}},
                    .from = day("2026-03-01"),
                    .last = day("2026-03-31"),
                    .currencies = {{currency(code), -100, -100, {}, false}}};
  for (int i = 0; i < movements; ++i) {
    const auto amount = i % 5 == 4 ? -50 : 1'234;
    out.currencies[0].movements.push_back({day("2026-03-07"),
                                           amount > 0 ? MovementKind::earned : MovementKind::taken_back,
                                           "Product", fmt::format("INV-{}", i), amount});
    out.currencies[0].closing += amount;
  }
  return out;
}

TEST(Words, AmountsAreWrittenAsEachLanguageDoes) {
  const Money usd{-123'456'789, currency("USD")};
  EXPECT_EQ(amount_text(usd, Language::en), "-1,234,567.89");
  EXPECT_EQ(amount_text(usd, Language::id), "-1.234.567,89");
  EXPECT_EQ(amount_text(usd, Language::uz), "-1\u00A0234\u00A0567,89");
  EXPECT_EQ(money_text({1'234, currency("JPY")}, Language::ru), "1\u00A0234\u00A0JPY");
  EXPECT_EQ(amount_text({5, currency("KWD")}, Language::en), "0.005");
  EXPECT_EQ(amount_text({0, currency("USD")}, Language::en), "0.00");
  EXPECT_EQ(amount_text({100'000, currency("JPY")}, Language::en), "100,000");
}

TEST(Words, NumbersKeepTheirDecimals) {
  const auto number = [](std::string_view text) { return Decimal::parse(text).value(); };
  EXPECT_EQ(number_text(number("1234.5"), 0, Language::en), "1,234.5");
  EXPECT_EQ(number_text(number("-1234.5"), 2, Language::id), "-1.234,50");
  EXPECT_EQ(number_text(number("0.123456"), 2, Language::ru), "0,123456");
  EXPECT_EQ(number_text(number("1000000"), 0, Language::uz), "1\u00A0000\u00A0000");
}

TEST(Words, DaysAreWrittenAsEachLanguageDoes) {
  EXPECT_EQ(day_text(day("2026-03-05"), Language::en), "5 March 2026");
  EXPECT_EQ(day_text(day("2026-05-05"), Language::id), "5 Mei 2026");
  EXPECT_EQ(day_text(day("2026-03-05"), Language::uz), "2026-yil 5-mart");
  EXPECT_EQ(day_text(day("2026-03-05"), Language::ru), "5 марта 2026 г.");
  EXPECT_EQ(month_text(day("2026-03-01"), Language::en), "March 2026");
  EXPECT_EQ(month_text(day("2026-08-01"), Language::id), "Agustus 2026");
  EXPECT_EQ(month_text(day("2026-03-01"), Language::uz), "2026-yil mart");
  EXPECT_EQ(month_text(day("2026-03-01"), Language::ru), "март 2026 г.");
}

TEST(Paper, SaysWhatItHoldsInEveryLanguage) {
  for (const auto language : {Language::en, Language::id, Language::uz, Language::ru}) {
    const auto text = text_of(render(statement_paper(data(language, "JPY", 3))));
    for (const auto word_of : {Word::statement, Word::opening, Word::closing, Word::commission})
      EXPECT_NE(text.find(word(word_of, language)), std::string::npos) << word(word_of, language) << text;
    EXPECT_NE(text.find("Große Reise & Партнёры"), std::string::npos) << text;
    EXPECT_NE(text.find("Sunny <b>Side</b> Affiliates"), std::string::npos) << "text, never markup" << text;
  }
}

TEST(Paper, TablesBreakOverPagesWithTheirHeads) {
  const auto pdf = render(statement_paper(data(Language::en, "USD", 200)));
  const auto text = text_of(pdf);
  std::size_t heads = 0;
  for (auto at = text.find("Reference"); at != std::string::npos; at = text.find("Reference", at + 1))
    ++heads;
  EXPECT_GE(heads, 5U);
  for (int i = 0; i < 200; ++i) EXPECT_NE(text.find(fmt::format("INV-{} ", i)), std::string::npos) << i;
  EXPECT_NE(text.find(fmt::format("Page {} of {}", heads, heads)), std::string::npos) << text;
}

TEST(Paper, NamesItsTitleAndLanguageAndBringsItsFonts) {
  const auto pdf = render(statement_paper(data(Language::ru, "USD", 1)));
  EXPECT_NE(pdf.find("/Lang (ru)"), std::string::npos);
  const auto info = read_by("pdfinfo {}", pdf);
  EXPECT_NE(info.find("Выписка · Große Reise & Партнёры"), std::string::npos) << info;
  EXPECT_NE(info.find("Tagged:          yes"), std::string::npos) << info;
  EXPECT_NE(info.find("JavaScript:      no"), std::string::npos) << info;
  std::string fonts = read_by("pdffonts {} | tail -n +3", pdf);
  EXPECT_NE(fonts.find("NotoSans"), std::string::npos) << fonts;
  EXPECT_EQ(fonts.find(" no "), std::string::npos)
      << "every font is embedded, a subset, and has its characters\n"
      << fonts;
}

TEST(Paper, EqualPapersAreEqualBytes) {
  const auto paper = statement_paper(data(Language::en, "USD", 40));
  EXPECT_EQ(render(paper), render(paper));
}

// 300 × 60 pixels of one colour.
constexpr std::string_view kPng =
    "89504e470d0a1a0a0000000d494844520000012c0000003c0806000000dcdc875a000000b24944415478daedd4"
    "310d00000804311ce09411fba0e3930e3570c355ef1c40821201302c00c3020c0bc0b0000c0b302c00c302302c"
    "c0b0000c0bc0b000c302302c00c3020c0bc0b0000c0b302c00c302302cc0b0000c0bc0b000c302302c00c3020c"
    "0bc0b000c31201302c00c3020c0bc0b0000c0b302c00c302302cc0b0000c0bc0b000c302302c00c3020c0bc0b0"
    "000c0b302c00c302302cc0b0000c0bc0b000c302302c00c3020c0bc0b000c31201c8f02fb5cf998697b4ca0000"
    "000049454e44ae426082";

TEST(Paper, ShowsTheLogoOnceOnTheFirstPage) {
  StatementData with = data(Language::en, "USD", 200);
  const auto without = render(statement_paper(with));
  EXPECT_EQ(read_by("pdfimages -list {} | tail -n +3", without), "");
  with.head.logo = from_hex(kPng).value();
  const auto pdf = render(statement_paper(with));
  const auto listed = read_by("pdfimages -list {} | tail -n +3", pdf);
  EXPECT_EQ(std::ranges::count(listed, '\n'), 1) << listed;
  EXPECT_NE(listed.find("   1 "), std::string::npos) << listed;
  EXPECT_NE(listed.find("300    60"), std::string::npos) << listed;
  EXPECT_NE(text_of(pdf).find("Große Reise & Партнёры"), std::string::npos) << "the name stays";
  EXPECT_EQ(render(statement_paper(with)), pdf);
  with.head.logo.resize(40);
  EXPECT_EQ(render(statement_paper(with)), without) << "what cannot be read is left out";
}

TEST(Paper, NothingMovedAndSeveralCurrencies) {
  StatementData empty = data(Language::en, "USD", 0);
  const auto nothing = text_of(render(statement_paper(empty)));
  EXPECT_NE(nothing.find("Nothing moved"), std::string::npos) << nothing;
  EXPECT_NE(nothing.find("A negative balance is carried forward"), std::string::npos) << nothing;
  StatementData both = data(Language::en, "USD", 2);
  both.currencies.push_back(data(Language::en, "JPY", 1).currencies.front());
  const auto text = text_of(render(statement_paper(both)));
  EXPECT_NE(text.find("Movements · JPY"), std::string::npos) << text;
  EXPECT_NE(text.find("Summary"), std::string::npos) << text;
  EXPECT_NE(text.find("1,134"), std::string::npos) << "1,234 yen less 100";
}

TEST(Paper, WhatDoesNotAddUpIsNotWritten) {
  StatementData wrong = data(Language::en, "USD", 3);
  ++wrong.currencies.front().closing;
  EXPECT_THROW(statement_paper(wrong), AssertionFailed);
}

SelfBillingData payout(Language language) {
  const Currency usd = currency("USD");
  return {.head = data(language, "USD", 0).head,
          .partner = {"", "Sunny Side Affiliates", {}},
          .number = "2026-03-0042",
          .from = day("2026-03-01"),
          .last = day("2026-03-31"),
          .lines = {{"Commission", 12, {120'050, usd}}, {"Taken back", 1, {-50, usd}}},
          .carried_forward = {-20'000, usd},
          .total = {100'000, usd},
          .items = {{day("2026-03-09"), MovementKind::earned, "Starter", "INV-7", 120'050},
                    {day("2026-03-10"), MovementKind::taken_back, "", "RF-7", -50},
                    {day("2026-02-10"), MovementKind::taken_back, "", "RF-3", -20'000}},
          .paid_to = "UZ •••• 4821",
          .sent = Money{1'179'488'000, currency("UZS")},
          .rate = "1 USD = 11 794,88 UZS",
          .notes = {"Paid on 1 April 2026."}};
}

TEST(SelfBilling, SaysWhatIsPaidAndForWhat) {
  const auto text = text_of(render(self_billing_paper(payout(Language::en))));
  for (const auto* said : {"2026-03-0042", "1,200.50", "-200.00", "1,000.00", "11,794,880.00", "UZ •••• 4821",
                           "RF-3", "Paid on 1 April"})
    EXPECT_NE(text.find(said), std::string::npos) << said << text;
  auto wrong = payout(Language::en);
  wrong.carried_forward.amount = 0;
  EXPECT_THROW(self_billing_paper(wrong), AssertionFailed);
  auto unlike = payout(Language::en);
  ++unlike.items.front().amount;
  EXPECT_THROW(self_billing_paper(unlike), AssertionFailed);
}

}  // namespace
}  // namespace tandem::documents
