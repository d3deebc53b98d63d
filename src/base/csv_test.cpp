#include "base/csv.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "base/assert.hpp"
#include "base/gzip.hpp"

namespace tandem {
namespace {

using Rows = std::vector<std::vector<std::string>>;
using Kind = CsvProblem::Kind;

/// Gives `step` bytes at a time, so that every state meets the end of a chunk.
ByteSource slow_source(std::string_view text, std::size_t step) {
  return [inner = text_source(text), step](char* out, std::size_t size) {
    return inner(out, std::min(size, step));
  };
}

Rows read_all(std::string_view text, CsvOptions options = {}, std::size_t step = 1U << 20,
              std::optional<CsvProblem>* problem = nullptr) {
  CsvReader reader(slow_source(text, step), options);
  Rows out;
  while (reader.next() == CsvReader::Step::row) out.emplace_back(reader.row().begin(), reader.row().end());
  if (problem) *problem = reader.problem();
  const auto last = reader.next();
  EXPECT_EQ(last, reader.problem() ? CsvReader::Step::refused : CsvReader::Step::end);
  EXPECT_TRUE(reader.row().empty());
  return out;
}

TEST(CsvReader, forms) {
  const struct {
    const char* text;
    Rows rows;
  } cases[] = {
      {"", {}},
      {"\n\r\n\n", {}},
      {"a", {{"a"}}},
      {"a,b\nc,d\n", {{"a", "b"}, {"c", "d"}}},
      {"a,b\r\nc,d", {{"a", "b"}, {"c", "d"}}},
      {"a,\n,b\n,", {{"a", ""}, {"", "b"}, {"", ""}}},
      {"\"\"\n", {{""}}},
      {"\"a,\"\"b\"\"\r\nc\",d", {{"a,\"b\"\r\nc", "d"}}},
      {"4\" plate,b\"\"\n", {{"4\" plate", "b\"\""}}},
      {" \"a\",b", {{" \"a\"", "b"}}},
      {"\xef\xbb\xbf\"a\",b", {{"a", "b"}}},
      {"\xef\xbb\xbf", {}},
      {"\xef\xbb,x", {{"\xef\xbb", "x"}}},
      {"a\rb,c\r\n", {{"a\rb", "c"}}},
      {"a,b\r", {{"a", "b\r"}}},
      {"\"a\"\r\n\n\"b\"", {{"a"}, {"b"}}},
  };
  for (const auto& c : cases)
    for (const std::size_t step : {1U, 2U, 3U, 1000U})
      EXPECT_EQ(read_all(c.text, {}, step), c.rows) << c.text << step;
  EXPECT_EQ(read_all("a;\"b;c\"\td", {.delimiter = ';'}, 1).size(), 0U);
  EXPECT_EQ(read_all("a\tb,c\n", {.delimiter = '\t'}), (Rows{{"a", "b,c"}}));
  EXPECT_THROW(CsvReader(text_source(""), {.delimiter = '"'}), AssertionFailed);
}

TEST(CsvReader, lines_are_counted_within_quotes) {
  CsvReader reader(text_source("h\n\n\"a\nb\n\"\r\nc\n"));
  std::vector<std::int64_t> lines;
  while (reader.next() == CsvReader::Step::row) lines.push_back(reader.line());
  EXPECT_EQ(lines, (std::vector<std::int64_t>{1, 3, 6}));
}

TEST(CsvReader, problems_name_the_line_of_the_row) {
  const CsvOptions small{.field_bytes_max = 4, .row_bytes_max = 6, .fields_max = 3};
  const struct {
    const char* text;
    CsvProblem problem;
  } cases[] = {
      {"a\n\"b\nc", {2, Kind::unclosed_quote}},  {"a\n\"b\"c\n", {2, Kind::text_after_quote}},
      {"a\nabcde\n", {2, Kind::field_too_long}}, {"\"abcde\"", {1, Kind::field_too_long}},
      {"abcd,efg\n", {1, Kind::row_too_long}},   {"abcd,efghij\n", {1, Kind::row_too_long}},
      {"a,b,c,d\n", {1, Kind::too_many_fields}}, {"a,b,c\na,b,c,", {2, Kind::too_many_fields}},
      {"\"a\"\r", {1, Kind::text_after_quote}},
  };
  for (const auto& c : cases) {
    for (const std::size_t step : {1U, 1000U}) {
      std::optional<CsvProblem> problem;
      read_all(c.text, small, step, &problem);
      EXPECT_EQ(problem, c.problem) << c.text;
      EXPECT_FALSE(to_text(problem->kind).empty());
    }
  }
}

TEST(CsvReader, property_what_is_written_quoted_comes_back) {
  const std::uint64_t seed = std::random_device{}();
  std::cout << "TANDEM_SEED=" << seed << "\n";
  std::mt19937_64 random{seed};
  for (int i = 0; i < 20'000; ++i) {
    Rows rows(1 + random() % 4);
    std::string text;
    for (auto& row : rows) {
      row.resize(1 + random() % 4);
      for (auto& field : row) {
        for (auto n = random() % 6; n > 0; --n) field += ",\"\n\ra\xff"[random() % 6];
        text += '"';
        for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
        text += "\",";
      }
      text.back() = '\n';
    }
    ASSERT_EQ(read_all(text, {}, 1 + random() % 5), rows) << text;
  }
}

TEST(CsvReader, property_any_bytes_end_alike_whatever_the_chunks) {
  std::mt19937_64 random{7};
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto n = random() % 30; n > 0; --n) text += ",\"\n\ra\xef\xbb\xbf"[random() % 8];
    std::optional<CsvProblem> one, all;
    const auto rows = read_all(text, {}, 1, &one);
    ASSERT_EQ(rows, read_all(text, {}, 1U << 20, &all)) << text;
    ASSERT_EQ(one, all) << text;
  }
}

std::string expand(std::string_view text, std::size_t step, std::int64_t limit = GzipReader::kPlainMax) {
  GzipReader reader(slow_source(text, step), limit);
  std::string out;
  char buffer[7];
  while (const auto n = reader.read(buffer, sizeof buffer)) out.append(buffer, n);
  EXPECT_EQ(reader.read(buffer, sizeof buffer), 0U);
  return out;
}

TEST(Gzip, plain_and_compressed_by_content) {
  std::string plain;
  for (int i = 0; i < 5000; ++i) plain += std::to_string(i) + ",";
  const auto packed = gzip(plain);
  EXPECT_LT(packed.size(), plain.size());
  EXPECT_EQ(gzip(plain), packed);
  for (const std::size_t step : {1U, 1000U, 1U << 20}) {
    EXPECT_EQ(expand(packed, step), plain);
    EXPECT_EQ(expand(plain, step), plain);
    EXPECT_EQ(expand(packed + packed + std::string(10, '\0'), step), plain + plain);
    EXPECT_EQ(expand("", step), "");
    EXPECT_EQ(expand("\x1f", step), "\x1f");
    EXPECT_EQ(expand(gzip(""), step), "");
  }
}

TEST(Gzip, damage_is_told) {
  const auto packed = gzip("some text that is long enough to be damaged in the middle");
  for (std::size_t n = 2; n < packed.size(); ++n)
    EXPECT_THROW(expand(std::string_view(packed).substr(0, n), 1000), std::runtime_error) << n;
  auto changed = packed;
  changed[changed.size() - 6] = static_cast<char>(changed[changed.size() - 6] ^ 1);  // the checksum
  EXPECT_THROW(expand(changed, 1000), std::runtime_error);
  EXPECT_THROW(expand(packed + "x", 1000), std::runtime_error);
  EXPECT_THROW(expand(gzip(std::string(100'000, 'x')), 1000, 99'999), std::runtime_error);
  EXPECT_EQ(expand(gzip(std::string(100'000, 'x')), 1000, 100'000).size(), 100'000U);
}

TEST(Gzip, a_file_of_rows) {
  const auto file =
      std::filesystem::temp_directory_path() / ("tandem-gzip-" + std::to_string(getpid()) + ".csv.gz");
  std::string text = "n,name\n";
  for (int i = 0; i < 30'000; ++i) text += std::to_string(i) + ",\"name, " + std::to_string(i) + "\"\n";
  std::ofstream(file, std::ios::binary) << gzip(text);
  GzipReader bytes(file);
  CsvReader reader(bytes.source());
  std::int64_t rows = 0;
  std::string last;
  for (; reader.next() == CsvReader::Step::row; ++rows) last = reader.row().at(1);
  EXPECT_EQ(rows, 30'001);
  EXPECT_EQ(last, "name, 29999");
  EXPECT_FALSE(reader.problem());
  std::filesystem::remove(file);
  EXPECT_THROW(GzipReader("/no/such/file"), std::runtime_error);
}

}  // namespace
}  // namespace tandem
