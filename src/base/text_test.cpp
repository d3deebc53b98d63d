#include "base/text.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "base/page.hpp"

namespace tandem {
namespace {

TEST(CleanText, utf8_controls_and_directions) {
  for (const char* text : {"", "plain", "Größe", "日本語", "😀",
                           "a\xc2\xa0"
                           "b"})
    EXPECT_TRUE(is_clean_text(text)) << text;
  const std::string_view refused[] = {{"\0", 1},
                                      "a\nb",
                                      "\t",
                                      "\x7f",
                                      "\xc2\x80",
                                      "\xc2\x9f",
                                      "\xe2\x80\xae",
                                      "\xe2\x81\xa6",
                                      "\xff",
                                      "\xc0\xaf",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xf0\x80\x80\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xe2\x82",
                                      "\x80",
                                      "\xf5\x80\x80\x80"};
  for (const auto text : refused) EXPECT_FALSE(is_clean_text(text)) << to_hex(text);
  EXPECT_TRUE(is_clean_text("two\n\tlines", true));
  EXPECT_FALSE(is_clean_text("two\r\nlines", true));
  EXPECT_TRUE(is_utf8("\t\xe2\x80\xae"));
  EXPECT_FALSE(is_utf8("\xed\xb0\x80"));
  EXPECT_EQ(code_points("aé日😀"), 4U);
}

TEST(Text, length_is_in_code_points) {
  using Name = Text<1, 4>;
  EXPECT_TRUE(Name::parse("aé日😀"));
  EXPECT_TRUE(Name::parse("😀😀😀😀"));
  EXPECT_FALSE(Name::parse("abcde"));
  EXPECT_FALSE(Name::parse(""));
  EXPECT_FALSE(Name::parse(" a"));
  EXPECT_FALSE(Name::parse("a "));
  EXPECT_TRUE((Text<0, 4>::parse("")));
}

TEST(Phone, one_number_has_one_spelling) {
  for (const char* text : {"+998901234567", "+998 (90) 123-45-67", "+998.90/123.45.67"})
    EXPECT_EQ(Phone::parse(text).value().str(), "+998901234567") << text;
  for (const char* text :
       {"", "+", "998901234567", "+0901234567", "+123456", "+1234567890123456", "+99890x1234567"})
    EXPECT_FALSE(Phone::parse(text)) << text;
}

TEST(Locale, table) {
  for (const char* text : {"en", "uz", "pt-BR", "fil"}) EXPECT_TRUE(Locale::parse(text)) << text;
  for (const char* text : {"", "e", "EN", "en-", "en-us", "en_US", "english"})
    EXPECT_FALSE(Locale::parse(text)) << text;
}

TEST(Email, table) {
  for (const char* text :
       {"a@b.co", "First.Last+tag@Example.COM", "o'neil@sub.example.co.uk", "x@1.de", "a..b@docomo.ne.jp"})
    EXPECT_TRUE(Email::parse(text)) << text;
  const std::string long_local(65, 'a'),
      long_all = std::string(64, 'a') + "@" + std::string(186, 'b') + ".com";
  for (const std::string text : {"",
                                 "a",
                                 "@b.co",
                                 "a@",
                                 "a@b",
                                 "a@@b.co",
                                 "a@b@c.co",
                                 "a b@c.co",
                                 "a@b..co",
                                 "a@-b.co",
                                 "a@b-.co",
                                 "a@b.co.",
                                 "<a@b.co>",
                                 "a@b.co\n",
                                 "a,b@c.co",
                                 "é@b.co",
                                 "a@bücher.de",
                                 "\"a\"@b.co",
                                 long_local.c_str(),
                                 long_all.c_str()})
    EXPECT_FALSE(Email::parse(text)) << text;
  EXPECT_FALSE(Email::parse(long_local + "@b.co"));
  EXPECT_EQ(Email::parse("First@Example.COM")->normalised(), "first@example.com");
  EXPECT_EQ(Email::parse("First@Example.COM")->str(), "First@Example.COM");
}

TEST(Url, table) {
  for (const char* text : {"http://a", "https://example.com", "HTTPS://Example.com/",
                           "https://a.b:8443/x?y=1#z", "http://127.0.0.1:80/", "http://[::1]:8080/x",
                           "https://a.b?next=https://c@d", "https://a/b@c", "https://a.b/?q={x}|y^\\"})
    EXPECT_TRUE(Url::parse(text)) << text;
  for (const char* text : {"",
                           "http://",
                           "https:///x",
                           "ftp://a.b",
                           "javascript:alert(1)",
                           "//a.b",
                           "https://u@a.b/",
                           "https://u:p@a.b/",
                           "https://a b/",
                           "https://a.b/ x",
                           "https://a.b:0/",
                           "https://a.b:65536/",
                           "https://a.b:/",
                           "https://a.b\\@c.d/",
                           "https://a.b/x\\y",
                           "https://a_b/",
                           "https://-a.b/",
                           "https://a..b/",
                           "https://bücher.de/",
                           "https://a.b/<x>",
                           "http://[::1",
                           "http://[]/",
                           "http://[1]/",
                           "https://a.b/\"",
                           "http:/a.b",
                           "https//a.b"})
    EXPECT_FALSE(Url::parse(text)) << text;
  EXPECT_TRUE(Url::parse("https://a.b/" + std::string(2036, 'x')));
  EXPECT_FALSE(Url::parse("https://a.b/" + std::string(2037, 'x')));
}

TEST(Names, codes_slugs_visitors_countries) {
  EXPECT_EQ(Code::parse("Spring-25_b.1")->normalised(), "spring-25_b.1");
  for (const std::string text : {"", ".", "..", "a b", "a/b", "é"}) EXPECT_FALSE(Code::parse(text)) << text;
  EXPECT_TRUE(Code::parse(std::string(64, 'x')));
  EXPECT_FALSE(Code::parse(std::string(65, 'x')));
  EXPECT_TRUE(Slug::parse("a1"));
  EXPECT_TRUE(Slug::parse("9-lives"));
  for (const std::string text : {"", "a", "A1", "-a", "a_b", "a.b"}) EXPECT_FALSE(Slug::parse(text)) << text;
  EXPECT_TRUE(VisitorId::parse("0123456789abcdef"));
  EXPECT_FALSE(VisitorId::parse("1234567"));
  EXPECT_FALSE(VisitorId::parse("12345678;"));
  EXPECT_TRUE(Country::parse("GB"));
  for (const char* text : {"", "G", "gb", "GBR", "G1"}) EXPECT_FALSE(Country::parse(text)) << text;
}

TEST(Slug, from_any_text) {
  EXPECT_EQ(Slug::from("  Acme  Partners, Ltd. ").str(), "acme-partners-ltd");
  EXPECT_EQ(Slug::from("Größe 7").str(), "gr-e-7");
  EXPECT_EQ(Slug::from(std::string(100, 'a')).str(), std::string(63, 'a'));
  for (const char* text : {"", "日本", "A", "---"}) {
    const auto slug = Slug::from(text);
    EXPECT_TRUE(Slug::parse(slug.str())) << slug.str();
    EXPECT_EQ(slug, Slug::from(text));
  }
  EXPECT_NE(Slug::from("日本"), Slug::from("中国"));
}

TEST(Encoding, percent_encoding_keeps_unreserved_characters_alone) {
  EXPECT_EQ(percent_encoded("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encoded("a b+c/d?e=f&g%"), "a%20b%2Bc%2Fd%3Fe%3Df%26g%25");
  EXPECT_EQ(percent_encoded("ў\n"), "%D1%9E%0A");
  EXPECT_EQ(percent_encoded(""), "");
}

TEST(Encoding, vectors_of_rfc_4648_and_strictness) {
  const struct {
    const char *plain, *encoded;
  } cases[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"}};
  for (const auto& c : cases) {
    EXPECT_EQ(to_base64(c.plain), c.encoded);
    EXPECT_EQ(from_base64(c.encoded), c.plain);
    std::string unpadded = c.encoded;
    unpadded.erase(std::min(unpadded.find('='), unpadded.size()));
    EXPECT_EQ(to_base64url(c.plain), unpadded);
    EXPECT_EQ(from_base64url(unpadded), c.plain);
  }
  EXPECT_EQ(to_base64("\xfb\xff"), "+/8=");
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
  for (const char* text :
       {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "Zg==Zg==", " Zg==", "Zg==\n", "-_8=", "Zm9vY", "===="})
    EXPECT_FALSE(from_base64(text)) << text;
  for (const char* text : {"Zg==", "Zh", "Z", "+/8", "Zg\n"}) EXPECT_FALSE(from_base64url(text)) << text;
  EXPECT_EQ(to_hex({"\0\xff\x10", 3}), "00ff10");
  EXPECT_EQ(from_hex("00FFab"), (std::string{"\0\xff\xab", 3}));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(PageLimit, range) {
  EXPECT_EQ(PageLimit{}.value(), 50);
  EXPECT_EQ(PageLimit::parse("200")->value(), 200);
  for (const char* text : {"", "0", "201", "-1", "1.0", " 5", "5 ", "+5", "99999999999"})
    EXPECT_FALSE(PageLimit::parse(text)) << text;
}

TEST(Cursor, comes_back_and_is_not_forged_by_accident) {
  const auto id = *Uuid::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  const Cursor cursor{"created_at", "2026-01-02 03:04:05+00", id};
  const auto back = Cursor::parse(cursor.str());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->sort(), "created_at");
  EXPECT_EQ(back->key(), "2026-01-02 03:04:05+00");
  EXPECT_EQ(back->id(), id);
  EXPECT_EQ(Cursor::parse(Cursor{"s", "two\nlines", id}.str())->key(), "two\nlines");
  EXPECT_EQ(Cursor::parse(Cursor{"s", "", id}.str())->key(), "");
  for (const std::string& plain :
       {std::string(""), std::string("a"), "a\n" + id.str(), std::string("a\nb\nc"),
        "a\nb\n" + id.str() + " ", std::string("a\n\0\n", 4) + id.str(), "a\n\xff\n" + id.str(),
        std::string(65, 's') + "\nk\n" + id.str()})
    EXPECT_FALSE(Cursor::parse(to_base64url(plain))) << plain;
  EXPECT_FALSE(Cursor::parse("%%%"));
  EXPECT_FALSE(Cursor::parse(std::string(5000, 'A')));
}

}  // namespace
}  // namespace tandem
