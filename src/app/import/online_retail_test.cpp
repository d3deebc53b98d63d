// The real file: what its lines come to, to the last digit, and how fast they are read.
#include <gtest/gtest.h>

#include <ctime>
#include <fstream>
#include <map>
#include <sstream>

#include "app/import/reader.hpp"
#include "earnings/rules.hpp"
#include "support/import_files.hpp"
#include "support/shared_data.hpp"

namespace tandem::app::importing {
namespace {

struct Figures {
  std::int64_t sale_invoices = 0, zero_invoices = 0, credit_invoices = 0, earned = 0, taken_back = 0;
  Decimal sales, credits;
};

Mapping shipped_mapping() {
  std::ifstream file(TANDEM_SOURCE_DIR "/demo/online-retail.toml");
  std::ostringstream text;
  text << file.rdbuf();
  return read_mapping(text.str(), "demo/online-retail.toml", Kind::conversions);
}

/// What the partner's deal gives for an amount at a time; a credit note takes the same of its own amount.
std::int64_t commission_of(const Mapping& mapping, const Decimal& amount, Currency currency, Timestamp at) {
  earnings::Facts facts;
  facts.trigger = mapping.deal->term.trigger;
  facts.currency = currency;
  facts.gross = amount;
  facts.occurred_at = at;
  const auto result = earnings::commission(mapping.deal->term, facts);
  return result ? result->amount : 0;
}

Figures figures_of(ImportReader& reader) {
  Figures out;
  Timestamp last;
  while (const auto batch = reader.next(500))
    for (const auto& row : batch->conversions) {
      if (const auto* sale = std::get_if<attribution::ConversionFacts>(&row.facts)) {
        ++out.sale_invoices;
        out.zero_invoices += sale->gross.sign() == 0;
        out.sales = out.sales + sale->gross;
        out.earned += commission_of(reader.mapping(), sale->gross, sale->currency, sale->occurred_at);
        EXPECT_GE(sale->occurred_at, last);
        last = sale->occurred_at;
      } else {
        const auto& credit = std::get<attribution::ReversalFacts>(row.facts);
        ++out.credit_invoices;
        out.credits = out.credits + -credit.amount;
        out.taken_back -= commission_of(reader.mapping(), credit.amount, credit.currency, credit.occurred_at);
        EXPECT_FALSE(credit.conversion);
      }
    }
  return out;
}

TEST(OnlineRetail, the_shipped_month) {
  ImportReader reader(TANDEM_SOURCE_DIR "/demo/online-retail-2011-03.csv.gz", shipped_mapping());
  const auto figures = figures_of(reader);
  EXPECT_EQ(figures.sale_invoices, 1665);
  EXPECT_EQ(figures.zero_invoices, 211);
  EXPECT_EQ(figures.credit_invoices, 318);
  EXPECT_EQ(figures.sales.str(), "717639.36");
  EXPECT_EQ(figures.credits.str(), "-34372.28");
  EXPECT_EQ(figures.earned, 3588310);
  EXPECT_EQ(figures.taken_back, -171911);
  EXPECT_EQ(reader.counts().lines.read, 36748);
  EXPECT_EQ(reader.counts().lines.zero, 246);
  EXPECT_EQ(reader.counts().lines.used, 36502);
  EXPECT_TRUE(reader.refusals().empty());
  EXPECT_EQ(reader.partners().size(), 24U);
}

TEST(OnlineRetail, the_whole_file) {
  const auto path = test::shared_path("data/online-retail/online_retail_2010-12_2011-06.csv.gz");
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << "needs " << path << ": set TANDEM_SHARED to the shared folder";
  const auto begin = std::clock();  // processor time: other work on the machine does not count
  ImportReader reader(path, shipped_mapping());
  const double spent = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const auto figures = figures_of(reader);
  EXPECT_EQ(figures.sale_invoices, 10789);
  EXPECT_EQ(figures.zero_invoices, 1130);
  EXPECT_EQ(figures.credit_invoices, 2006);
  EXPECT_EQ(figures.sales.str(), "4826466.491");
  EXPECT_EQ(figures.credits.str(), "-428515.73");
  EXPECT_EQ(figures.earned, 24132955);
  EXPECT_EQ(figures.taken_back, -2142851);
  EXPECT_EQ(reader.counts().lines.read, 245903);
  EXPECT_EQ(reader.counts().rows_refused, 0);
  EXPECT_TRUE(reader.refusals().empty());
  RecordProperty("seconds", std::to_string(spent));
#if defined(__OPTIMIZE__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
  EXPECT_LT(spent, 1);
#endif
}

}  // namespace
}  // namespace tandem::app::importing
