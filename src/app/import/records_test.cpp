#include "app/import/records.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>

#include "app/import/cells.hpp"
#include "app/import/times.hpp"
#include "support/import_files.hpp"

namespace tandem::app::importing {
namespace {

/// "line:cell|cell" of each record, "line:!" of one that is too long.
std::vector<std::string> records_of(std::string_view content, char delimiter = ',', char quote = '"') {
  const TemporaryFile file(content);
  RecordReader reader(file.path(), delimiter, quote);
  std::vector<std::string> out;
  for (Record record; reader.next(record);) {
    std::string text = std::to_string(record.line) + ":";
    if (record.too_long) text += '!';
    for (std::size_t i = 0; i < record.cells.size(); ++i)
      text += (i ? "|" : "") + std::string(record.cells[i]);
    out.push_back(std::move(text));
  }
  return out;
}
using Expected = std::vector<std::string>;

TEST(Records, plain_and_quoted) {
  EXPECT_EQ(records_of(""), Expected{});
  EXPECT_EQ(records_of("a,b\n1,2\n"), (Expected{"1:a|b", "2:1|2"}));
  EXPECT_EQ(records_of("a,b\r\n1,2"), (Expected{"1:a|b", "2:1|2"}));
  EXPECT_EQ(records_of("\xef\xbb\xbf"
                       "a,b\n"),
            (Expected{"1:a|b"}));
  EXPECT_EQ(records_of(" a , \tb \n,\n"), (Expected{"1:a|b", "2:|"}));
  EXPECT_EQ(records_of("a\n\n\r\nb\n"), (Expected{"1:a", "4:b"})) << "empty lines are passed over";
  EXPECT_EQ(records_of("\"a,\"\"b\"\"\",c\n"), (Expected{"1:a,\"b\"|c"}));
  EXPECT_EQ(records_of("\"two\nlines\",x\r\ny,z\n"), (Expected{"1:two\nlines|x", "3:y|z"}));
  EXPECT_EQ(records_of("\"\",\"\"\n"), (Expected{"1:|"}));
  EXPECT_EQ(records_of("5\" disc,x\n"), (Expected{"1:5\" disc|x"}))
      << "a quote within a bare cell is a character";
  EXPECT_EQ(records_of("\"a\"b,c\n"), (Expected{"1:ab|c"}));
  EXPECT_EQ(records_of("\"last\""), (Expected{"1:last"}));
  EXPECT_EQ(records_of("a;'b;''c'\n", ';', '\''), (Expected{"1:a|b;'c"}));
}

TEST(Records, a_stray_quote_costs_one_line) {
  EXPECT_EQ(records_of("a,b\n\"open,1\nc,\"\"\n"), (Expected{"1:a|b", "2:!", "3:c|"}));
  std::string far = "\"open\n";
  for (int i = 0; i < 20'000; ++i) far += "x,y\n";
  const auto records = records_of(far);
  ASSERT_EQ(records.size(), 20'001U);
  EXPECT_EQ(records[0], "1:!");
  EXPECT_EQ(records[1], "2:x|y");
  EXPECT_EQ(records.back(), "20001:x|y");
}

TEST(Records, long_lines) {
  const std::string most(kMostRecordBytes, 'x'), more(kMostRecordBytes + 1, 'x'), huge(3 << 20, 'x');
  EXPECT_EQ(records_of(most + "\nb\n").back(), "2:b");
  EXPECT_EQ(records_of(most + "\nb\n").front().size(), most.size() + 2);
  EXPECT_EQ(records_of(more + "\nb\n"), (Expected{"1:!", "2:b"}));
  EXPECT_EQ(records_of(huge + "\nb\n"), (Expected{"1:!", "2:b"}));
  EXPECT_EQ(records_of("a\n" + huge), (Expected{"1:a", "2:!"}));
  EXPECT_EQ(records_of("a\n\"" + huge + "\"\nb"), (Expected{"1:a", "2:!", "3:b"}));
}

TEST(Records, many_lines_over_many_buffers) {
  std::string content;
  for (int i = 0; i < 200'000; ++i) content += std::to_string(i) + ",\"q\"\"" + std::to_string(i) + "\"\n";
  const auto records = records_of(content);
  ASSERT_EQ(records.size(), 200'000U);
  for (std::size_t i = 0; i < records.size(); i += 997)
    ASSERT_EQ(records[i], fmt::format("{}:{}|q\"{}", i + 1, i, i));
}

std::string gzipped(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  std::string in(text);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(Records, gzip) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += std::to_string(i * 7919 % 10007) + ",b\n";
  const auto packed = gzipped(text);
  EXPECT_EQ(records_of(packed), records_of(text));
  EXPECT_THROW(records_of(packed.substr(0, packed.size() / 2)), ImportError);
  auto broken = packed;
  broken[broken.size() / 2] ^= 0x55;
  EXPECT_THROW(records_of(broken), ImportError);
  EXPECT_THROW(RecordReader("/nonexistent/file.csv", ',', '"'), ImportError);
  EXPECT_THROW(RecordReader(testing::TempDir(), ',', '"'), ImportError);
}

std::string number(std::string_view text, char decimal = '.', std::optional<char> thousands = {}) {
  const auto read = read_number(text, decimal, thousands);
  return read ? read->str() : "none";
}

TEST(Cells, numbers) {
  EXPECT_EQ(number("12.50"), "12.5");
  EXPECT_EQ(number("-7"), "-7");
  EXPECT_EQ(number("+7"), "7");
  EXPECT_EQ(number("007"), "7");
  EXPECT_EQ(number("0.000001"), "0.000001");
  for (const auto* text : {"", "-", "+", ".5", "5.", "1.2.3", "1e3", "0x1", " 1", "1 ", "--1", "1,000",
                           "0.0000001", "1234567890123456", "NaN", "1-"})
    EXPECT_EQ(number(text), "none") << text;
  EXPECT_EQ(number("123456789012345"), "123456789012345");
  EXPECT_EQ(number("1.234.567,89", ',', '.'), "1234567.89");
  EXPECT_EQ(number("1,234", '.', ','), "1234");
  EXPECT_EQ(number("1 234", '.', ' '), "1234");
  EXPECT_EQ(number(",1", '.', ','), "none");
  EXPECT_EQ(number("1,", '.', ','), "none");
  EXPECT_EQ(number("1.2,3", '.', ','), "none");
}

TEST(Cells, encodings) {
  std::string scratch;
  EXPECT_EQ(to_utf8("caf\xc3\xa9", Encoding::utf_8, scratch), "café");
  EXPECT_FALSE(to_utf8("caf\xe9", Encoding::utf_8, scratch));
  EXPECT_EQ(to_utf8("caf\xe9", Encoding::iso_8859_1, scratch), "café");
  EXPECT_EQ(to_utf8("\x80 5", Encoding::windows_1252, scratch), "€ 5");
  EXPECT_FALSE(to_utf8("\x81", Encoding::windows_1252, scratch));
  EXPECT_FALSE(to_utf8("\x80", Encoding::iso_8859_1, scratch)) << "a control character";
  EXPECT_FALSE(to_utf8(std::string_view("a\0b", 3), Encoding::utf_8, scratch));
  EXPECT_EQ(to_utf8("two\nlines", Encoding::utf_8, scratch), "two\nlines");
}

TEST(Cells, slugs_and_visitors) {
  EXPECT_EQ(slug_of_name("United Kingdom"), "united-kingdom");
  EXPECT_EQ(slug_of_name("  --EIRE!! "), "eire");
  EXPECT_EQ(slug_of_name("Österreich & Co."), "sterreich-co");
  EXPECT_EQ(slug_of_name(std::string(59, 'a') + " b").size(), 59U);
  EXPECT_EQ(slug_of_name("日本"), "p-cf2abf0c5be3") << "of SHA-256";
  EXPECT_EQ(visitor_of("s", "0190A0B0-0000-7000-8000-000000000001"), "0190a0b0-0000-7000-8000-000000000001");
  const auto made = visitor_of("shop", "cookie-1");
  EXPECT_EQ(made[14], '8');
  EXPECT_EQ(made, visitor_of("shop", "cookie-1"));
  EXPECT_NE(made, visitor_of("shop2", "cookie-1"));
}

std::string time(std::string_view text, std::string_view format, Ambiguous ambiguous = Ambiguous::earlier) {
  EXPECT_TRUE(is_time_format(format)) << format;
  TimeReader reader(format, TimeZone::parse("Europe/London").value(), ambiguous);
  const auto read = reader.read(text);
  if (read) return read->str();
  return read.error() == TimeFault::malformed     ? "malformed"
         : read.error() == TimeFault::nonexistent ? "nonexistent"
                                                  : "ambiguous";
}

TEST(Times, formats) {
  EXPECT_EQ(time("2011-03-01 08:30:00", "%Y-%m-%d %H:%M:%S"), "2011-03-01T08:30:00.000Z");
  EXPECT_EQ(time("2011-06-01 08:30:00", "%F %T"), "2011-06-01T07:30:00.000Z") << "summer time";
  EXPECT_EQ(time("1/6/11 8:30", "%d/%m/%y %H:%M"), "2011-06-01T07:30:00.000Z");
  EXPECT_EQ(time(" 1-Jun-2011", "%e-%b-%Y"), "2011-05-31T23:00:00.000Z");
  EXPECT_EQ(time("17/May/2015:10:05:03 +0200", "%d/%b/%Y:%T %z"), "2015-05-17T08:05:03.000Z");
  EXPECT_EQ(time("20110601", "%Y%m%d"), "2011-05-31T23:00:00.000Z");
  EXPECT_EQ(time("100% 2011-01-01", "100%% %F"), "2011-01-01T00:00:00.000Z");
  EXPECT_EQ(time("2026-01-02T03:04:05+01:00", "rfc3339"), "2026-01-02T02:04:05.000Z");
  EXPECT_EQ(time("1700000000", "unix"), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(time("1700000000123", "unix_ms"), "2023-11-14T22:13:20.123Z");
  for (const auto* text : {"", "2011-02-29 00:00", "2011-13-01 00:00", "2011-01-01 24:00", "2011-01-01",
                           "11-01-01 00:00", "2011-01-01 00:00 ", "1969-12-31 00:00"})
    EXPECT_EQ(time(text, "%Y-%m-%d %H:%M"), "malformed") << text;
  for (const auto* text : {"-1", "1e9", "99999999999999", "", "12.5"})
    EXPECT_EQ(time(text, "unix"), "malformed");
  for (const auto* format : {"", "%Y-%m", "%H:%M", "%Y-%m-%q", "%Y-%m-%d %", "iso"})
    EXPECT_FALSE(is_time_format(format)) << format;
}

TEST(Times, when_the_clocks_change) {
  const auto* format = "%F %H:%M";
  EXPECT_EQ(time("2011-03-27 00:59", format), "2011-03-27T00:59:00.000Z");
  EXPECT_EQ(time("2011-03-27 01:00", format), "nonexistent");
  EXPECT_EQ(time("2011-03-27 01:59", format), "nonexistent");
  EXPECT_EQ(time("2011-03-27 02:00", format), "2011-03-27T01:00:00.000Z");
  EXPECT_EQ(time("2011-10-30 01:30", format), "2011-10-30T00:30:00.000Z");
  EXPECT_EQ(time("2011-10-30 01:30", format, Ambiguous::later), "2011-10-30T01:30:00.000Z");
  EXPECT_EQ(time("2011-10-30 01:30", format, Ambiguous::refuse), "ambiguous");
  EXPECT_EQ(time("2011-10-30 02:00", format, Ambiguous::refuse), "2011-10-30T02:00:00.000Z");
}

}  // namespace
}  // namespace tandem::app::importing
