#include "base/json.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "base/assert.hpp"
#include "base/page.hpp"
#include "base/time.hpp"

namespace tandem {
namespace {

enum class Colour : int { red, green_, blue = 7 };
BOOST_DESCRIBE_ENUM(Colour, red, green_, blue)

struct Part {
  std::int32_t count = 0;
  RatePpm rate;
};
BOOST_DESCRIBE_STRUCT(Part, (), (count, rate))

struct Thing {
  OrganizationId id;
  Text<1, 5> name;
  std::optional<Email> email;
  Money price;
  Colour colour{};
  bool open = false;
  std::int64_t size = 0;
  std::vector<Part> parts;
  std::optional<Part> spare;
  JsonObject metadata;
};
BOOST_DESCRIBE_STRUCT(Thing, (), (id, name, email, price, colour, open, size, parts, spare, metadata))

struct Small {
  std::int64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(Small, (), (n))

struct Tree {
  std::vector<Tree> items;
};
BOOST_DESCRIBE_STRUCT(Tree, (), (items))

struct Holder {
  JsonObject data;
};
BOOST_DESCRIBE_STRUCT(Holder, (), (data))

struct Names {
  std::optional<Text<0, 200>> a, b;
};
BOOST_DESCRIBE_STRUCT(Names, (), (a, b))

struct Note {
  std::string text;
  std::optional<std::string> more;
};
BOOST_DESCRIBE_STRUCT(Note, (), (text, more))

struct Filter {
  PageLimit limit;
  std::optional<Cursor> cursor;
  std::optional<Colour> colour;
  std::vector<Colour> colours;
  std::optional<std::vector<OrganizationId>> ids;
  std::optional<bool> open;
  std::optional<std::int32_t> size;
  std::optional<Day> from_on;
};
BOOST_DESCRIBE_STRUCT(Filter, (), (limit, cursor, colour, colours, ids, open, size, from_on))

const std::string kThing =
    R"({"id":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f","name":"Aé","email":"a@b.co",)"
    R"("price":{"amount":1425,"currency":"USD"},"colour":"green","open":true,"size":-9007199254740993,)"
    R"("parts":[{"count":1,"rate":50000},{"count":2,"rate":0}],"spare":null,)"
    R"("metadata":{"a":[1,"x",null,true,2.5]}})";

/// "pointer code" of each mistake, or the problem's code when it is no list of fields.
template <class Work>
std::vector<std::string> mistakes_of(Work work) {
  try {
    work();
  } catch (const Problem& problem) {
    if (problem.errors().empty()) return {std::string(problem.kind().code)};
    std::vector<std::string> out;
    for (const auto& error : problem.errors()) out.push_back(error.pointer + " " + error.code);
    return out;
  }
  return {};
}
template <class T>
std::vector<std::string> mistakes(std::string_view text) {
  return mistakes_of([&] { json::parse<T>(text); });
}
using List = std::vector<std::string>;
const List kBad{"bad_json"};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("nothing to replace");
  return text.replace(at, from.size(), to);
}

TEST(JsonRead, a_thing_comes_back_as_it_was) {
  const auto thing = json::parse<Thing>(kThing);
  EXPECT_EQ(thing.name.str(), "Aé");
  EXPECT_EQ(thing.price, (Money{1425, Currency{}}));
  EXPECT_EQ(thing.colour, Colour::green_);
  EXPECT_EQ(thing.size, -9007199254740993);
  ASSERT_EQ(thing.parts.size(), 2U);
  EXPECT_EQ(thing.parts[0].rate.ppm(), 50'000);
  EXPECT_FALSE(thing.spare);
  EXPECT_EQ(json::print(thing), kThing);
  // White space, other order, escapes and a left-out optional change nothing.
  const auto same = json::parse<Small>(" {\n\t\"\\u006e\" : -0 } \r\n");
  EXPECT_EQ(same.n, 0);
}

TEST(JsonRead, every_mistake_has_its_pointer) {
  const std::string text =
      R"({"id":"x","name":"","email":7,"price":{"amount":1.5,"currency":"usd"},"colour":"pink",)"
      R"("open":"true",)"
      R"("size":null,"parts":[{"count":2147483648,"rate":-1},{"rate":1000001,"a/b~c":0},3],)"
      R"("spare":{}, "x":{}})";
  EXPECT_EQ(
      mistakes<Thing>(text),
      (List{"/id malformed", "/name out_of_range", "/email wrong_type", "/price/amount wrong_type",
            "/price/currency malformed", "/colour out_of_range", "/open wrong_type", "/size wrong_type",
            "/parts/0/count out_of_range", "/parts/0/rate out_of_range", "/parts/1/rate out_of_range",
            "/parts/1/a~1b~0c unknown_field", "/parts/1/count required", "/parts/2 wrong_type",
            "/spare/count required", "/spare/rate required", "/x unknown_field", "/metadata required"}));
  EXPECT_EQ(mistakes<Small>("[]"), (List{" wrong_type"}));
  EXPECT_EQ(mistakes<Small>("null"), (List{" wrong_type"}));
  EXPECT_EQ(mistakes<Small>("{}"), (List{"/n required"}));
}

TEST(JsonRead, at_most_32_mistakes) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"x" + std::to_string(i) + "\":1,";
  EXPECT_EQ(mistakes<Small>(text + "\"n\":1}").size(), 32U);
}

TEST(JsonRead, a_long_unknown_name_is_cut) {
  const auto errors =
      mistakes<Small>("{\"n\":1,\"" + std::string(63, 'x') + "é" + std::string(9999, 'y') + "\":1}");
  EXPECT_EQ(errors, (List{"/" + std::string(63, 'x') + " unknown_field"}));
}

TEST(JsonRead, integers) {
  const struct {
    const char* text;
    List expected;
  } cases[] = {
      {"9223372036854775807", {}},
      {"-9223372036854775808", {}},
      {"9223372036854775808", {"/n out_of_range"}},
      {"18446744073709551615", {"/n out_of_range"}},
      {"18446744073709551616", {"/n out_of_range"}},
      {"-9223372036854775809", {"/n out_of_range"}},
      {"99999999999999999999999999999999", {"/n out_of_range"}},
      {"-99999999999999999999999999999999", {"/n out_of_range"}},
      {"1e400", {"/n out_of_range"}},
      {"0", {}},
      {"-0", {}},
      {"1.5", {"/n wrong_type"}},
      {"1.0", {"/n wrong_type"}},
      {"1e3", {"/n wrong_type"}},
      {"\"10\"", {"/n wrong_type"}},
      {"true", {"/n wrong_type"}},
      {"[1]", {"/n wrong_type"}},
      {"007", kBad},
      {"+1", kBad},
      {".5", kBad},
      {"5.", kBad},
      {"-", kBad},
      {"0x10", kBad},
      {"NaN", kBad},
      {"1e", kBad},
      {"-012345678901234567890123", kBad},
      {"99999999999999999999999999999999.", kBad},
  };
  for (const auto& c : cases)
    EXPECT_EQ(mistakes<Small>(std::string("{\"n\":") + c.text + "}"), c.expected) << c.text;
  // Digits inside texts are left alone when a large number elsewhere makes the parser try again.
  EXPECT_EQ(mistakes<Names>(R"({"a":"\"99999999999999999999999999\\","b":99999999999999999999999999})"),
            (List{"/b wrong_type"}));
}

TEST(JsonRead, money_is_limited) {
  const auto with = [](const char* amount) { return replaced(kThing, "1425", amount); };
  EXPECT_EQ(mistakes<Thing>(with("1000000000000")), List{});
  EXPECT_EQ(mistakes<Thing>(with("-1000000000000")), List{});
  EXPECT_EQ(mistakes<Thing>(with("1000000000001")), (List{"/price/amount out_of_range"}));
  EXPECT_EQ(mistakes<Thing>(with("-1000000000001")), (List{"/price/amount out_of_range"}));
  EXPECT_EQ(mistakes<Thing>(with("9223372036854775808")), (List{"/price/amount out_of_range"}));
  EXPECT_EQ(mistakes<Thing>(with("\"10\"")), (List{"/price/amount wrong_type"}));
  EXPECT_EQ(mistakes<Thing>(replaced(kThing, "USD", "XXX")), (List{"/price/currency malformed"}));
}

TEST(JsonRead, what_is_no_json) {
  const std::string_view bad[] = {"",
                                  "  ",
                                  "{",
                                  "{\"n\":1}x",
                                  "{\"n\":1}{}",
                                  "{\"n\":1,}",
                                  "{n:1}",
                                  "{'n':1}",
                                  "\xef\xbb\xbf{\"n\":1}",
                                  "{\"n\":\"\xff\"}",
                                  "{\"n\":\"\xed\xa0\x80\"}",
                                  "{\"n\":\"\n\"}",
                                  "{\"n\":\"\\x\"}",
                                  "{\"n\":tru}",
                                  "/**/{\"n\":1}"};
  for (const auto text : bad) EXPECT_EQ(mistakes<Small>(text), kBad) << text;
  EXPECT_EQ(mistakes<Small>({"{\"n\":1}\0", 8}), kBad);
}

TEST(JsonRead, duplicates_nul_and_surrogates_anywhere) {
  EXPECT_EQ(mistakes<Small>(R"({"n":1,"n":1})"), kBad);
  EXPECT_EQ(mistakes<Small>(R"({"n":1,"\u006e":2})"), kBad);
  EXPECT_EQ(mistakes<Small>(R"({"n":1,"x":1,"x":2})"), kBad);
  EXPECT_EQ(mistakes<Small>(R"({"n":1,"x":[{"y":0,"y":0}]})"), kBad);
  EXPECT_EQ(mistakes<Holder>(R"({"data":{"a":{"b":1,"c":2,"b":3}}})"), kBad);
  EXPECT_EQ(mistakes<Names>(R"({"a":"\u0000"})"), kBad);
  EXPECT_EQ(mistakes<Names>(R"({"a":"\ud800"})"), kBad);
  EXPECT_EQ(mistakes<Names>(R"({"a":"\udc00"})"), kBad);
  EXPECT_EQ(mistakes<Names>(R"({"a":"\ud800\u0041"})"), kBad);
  EXPECT_EQ(mistakes<Names>(R"({"a":"\ud83d\ude00"})"), List{});
  EXPECT_EQ(mistakes<Names>(R"({"\u0000":1})"), kBad);
  EXPECT_EQ(mistakes<Holder>(R"({"data":{"a":"\u0000"}})"), kBad);
  EXPECT_EQ(mistakes<Holder>(R"({"data":{"\udc00":0}})"), kBad);
  EXPECT_EQ(mistakes<Note>(R"({"text":"\udc00"})"), kBad);
  EXPECT_EQ(mistakes<Note>(R"({"text":"\u0000"})"), kBad);
}

TEST(JsonRead, depth) {
  const auto nested = [](int depth) {
    std::string text = "{\"data\":";
    for (int i = 2; i <= depth; ++i) text += "{\"a\":";
    text += "1";
    return text + std::string(static_cast<std::size_t>(depth), '}');
  };
  EXPECT_EQ(mistakes<Holder>(nested(32)), List{});
  EXPECT_EQ(mistakes<Holder>(nested(33)), kBad);
  EXPECT_EQ(mistakes<Holder>(std::string(100'000, '[')), kBad);
  EXPECT_EQ(mistakes<Tree>(R"({"items":[{"items":[{"items":[]}]}]})"), List{});
}

TEST(JsonRead, a_large_document_keeps_the_depth_limit) {
  EXPECT_EQ(mistakes<Small>("{\"x\":\"" + std::string(1'000'000, 'y') + "\",\"n\":1}"),
            (List{"/x unknown_field"}));
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "[";
  EXPECT_EQ(mistakes<Small>(deep + std::string(40, ']')), kBad);
}

TEST(JsonRead, lists_have_at_most_1000_items) {
  const auto list = [](int n) {
    std::string text;
    for (int i = 0; i < n; ++i) text += std::string(i ? "," : "") + "{\"items\":[]}";
    return "{\"items\":[" + text + "]}";
  };
  EXPECT_EQ(mistakes<Tree>(list(1000)), List{});
  EXPECT_EQ(mistakes<Tree>(list(1001)), (List{"/items out_of_range"}));
}

TEST(JsonRead, texts) {
  EXPECT_EQ(mistakes<Names>("{\"a\":\"" + std::string(201, 'x') + "\"}"), (List{"/a out_of_range"}));
  EXPECT_EQ(mistakes<Names>("{\"a\":\"" + std::string(100'000, 'x') + "\"}"), (List{"/a out_of_range"}));
  EXPECT_EQ(mistakes<Names>(R"({"a":"\u0007"})"), (List{"/a malformed"}));
  EXPECT_EQ(mistakes<Names>(R"({"a":"\u202e"})"), (List{"/a malformed"}));
  EXPECT_EQ(mistakes<Thing>(replaced(kThing, "\"Aé\"", "\" a\"")), (List{"/name malformed"}));
  EXPECT_EQ(mistakes<Thing>(replaced(kThing, "a@b.co", std::string(300, 'a') + "@b.co")),
            (List{"/email out_of_range"}));
  EXPECT_EQ(mistakes<Thing>(replaced(kThing, "\"a@b.co\"", "null")), List{});
}

TEST(JsonObjectText, is_kept_minified_and_limited) {
  const auto kept = [](const std::string& text) {
    return json::parse<Holder>("{\"data\":" + text + "}").data.str();
  };
  EXPECT_EQ(kept("{ }"), "{}");
  EXPECT_EQ(kept(R"({ "b" : [ ] , "a" : [ 1 , -2 , 18446744073709551615 , 0.1 , "\n\"é\u2028" , { } ] })"),
            R"({"b":[],"a":[1,-2,18446744073709551615,0.1,"\n\"é\u2028",{}]})");
  EXPECT_EQ(mistakes<Holder>(R"({"data":[]})"), (List{"/data wrong_type"}));
  EXPECT_EQ(mistakes<Holder>(R"({"data":{"a":99999999999999999999999}})"), (List{"/data out_of_range"}));
  EXPECT_EQ(kept("{\"a\":\"" + std::string(8192 - 8, 'x') + "\"}").size(), 8192U);
  EXPECT_EQ(mistakes<Holder>("{\"data\":{\"a\":\"" + std::string(8192 - 7, 'x') + "\"}}"),
            (List{"/data out_of_range"}));
}

TEST(JsonWrite, escapes) {
  std::string out;
  using std::string_view_literals::operator""sv;
  json::print_string("a\"\\/\b\f\n\r\t\x01\x1f\x7f\0é😀\xe2\x80\xa8\xe2\x80\xa9\xe2\x82\xac"sv, out);
  EXPECT_EQ(out, "\"a\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0001\\u001f\x7f\\u0000é😀\\u2028\\u2029€\"");
  EXPECT_EQ(json::print(Names{*Text<0, 200>::parse("say \"hi\" \\ €"), {}}),
            R"({"a":"say \"hi\" \\ €","b":null})");
  EXPECT_EQ(json::print(Note{"\n", "x"}), R"({"text":"\n","more":"x"})");
  EXPECT_EQ(json::print(Tree{}), R"({"items":[]})");
  EXPECT_EQ(json::print(std::vector<std::int32_t>{1, -2}), "[1,-2]");
  EXPECT_THROW(json::print(static_cast<Colour>(3)), AssertionFailed);
}

using Query = std::vector<std::pair<std::string, std::string>>;
List query_mistakes(const Query& query) {
  return mistakes_of([&] {
    Filter out;
    json::parse_query(json::codec<Filter>(), query, &out);
  });
}

TEST(JsonQuery, texts_become_what_the_fields_ask) {
  const auto id = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
  Filter out;
  const Query query{{"colour", "blue"}, {"colours", "red,green"}, {"ids", std::string(id) + "," + id},
                    {"open", "true"},   {"size", "-7"},           {"from_on", "2026-02-28"}};
  json::parse_query(json::codec<Filter>(), query, &out);
  EXPECT_EQ(out.limit.value(), 50);
  EXPECT_EQ(out.colour, Colour::blue);
  EXPECT_EQ(out.colours, (std::vector{Colour::red, Colour::green_}));
  EXPECT_EQ(out.ids->size(), 2U);
  EXPECT_EQ(out.open, true);
  EXPECT_EQ(out.size, -7);
  EXPECT_EQ(out.from_on->str(), "2026-02-28");
  EXPECT_FALSE(out.cursor);
  Filter limited;
  json::parse_query(json::codec<Filter>(), Query{{"limit", "200"}, {"colours", ""}}, &limited);
  EXPECT_EQ(limited.limit.value(), 200);
  EXPECT_TRUE(limited.colours.empty());
}

TEST(JsonQuery, mistakes) {
  EXPECT_EQ(query_mistakes({{"colours", "red"}, {"limit", "201"}}), (List{"?limit out_of_range"}));
  EXPECT_EQ(query_mistakes({{"colours", "red"}, {"limit", "many"}}), (List{"?limit malformed"}));
  EXPECT_EQ(query_mistakes({{"size", "x"},
                            {"size", "1"},
                            {"open", "1"},
                            {"cursor", "!"},
                            {"colours", "red,,pink"},
                            {"z", ""}}),
            (List{"?size wrong_type", "?size duplicate", "?open wrong_type", "?cursor malformed",
                  "?colours out_of_range", "?colours out_of_range", "?z unknown_field"}));
  EXPECT_EQ(query_mistakes({}), (List{"?colours required"}));
  EXPECT_EQ(query_mistakes({{"colours", ""}, {"size", "2147483648"}}), (List{"?size out_of_range"}));
  EXPECT_EQ(query_mistakes({{"colours", ""}, {"size", "99999999999999999999"}}),
            (List{"?size out_of_range"}));
  EXPECT_EQ(query_mistakes({{"colours", ""}, {"from_on", "2026-02-30"}}), (List{"?from_on malformed"}));
}

std::string schema_of(const json::Codec& codec, std::vector<json::Component>& components, bool answer) {
  std::string out;
  json::schema(codec, out, components, answer);
  return out;
}
std::string component(const std::vector<json::Component>& components, std::string_view name) {
  for (const auto& c : components)
    if (c.name == name) return c.schema;
  return "none";
}

TEST(JsonSchema, requests_and_answers) {
  std::vector<json::Component> components;
  EXPECT_EQ(schema_of(json::codec<Thing>(), components, false), R"({"$ref":"#/components/schemas/Thing"})");
  EXPECT_EQ(component(components, "Thing"),
            R"({"type":"object","additionalProperties":false,"properties":{)"
            R"("id":{"type":"string","format":"uuid"},)"
            R"("name":{"type":"string","minLength":1,"maxLength":5},)"
            R"("email":{"type":["string","null"],"format":"email","maxLength":254},)"
            R"("price":{"$ref":"#/components/schemas/Money"},)"
            R"("colour":{"$ref":"#/components/schemas/Colour"},)"
            R"("open":{"type":"boolean"},)"
            R"("size":{"type":"integer","format":"int64"},)"
            R"("parts":{"type":"array","maxItems":1000,"items":{"$ref":"#/components/schemas/Part"}},)"
            R"("spare":{"anyOf":[{"$ref":"#/components/schemas/Part"},{"type":"null"}]},)"
            R"("metadata":{"type":"object"}},)"
            R"("required":["id","name","price","colour","open","size","parts","metadata"]})");
  EXPECT_EQ(component(components, "Colour"), R"({"type":"string","enum":["red","green","blue"]})");
  EXPECT_EQ(
      component(components, "Money"),
      R"({"type":"object","additionalProperties":false,"properties":{"amount":{"type":"integer",)"
      R"("format":"int64","minimum":-1000000000000,"maximum":1000000000000},"currency":{"type":"string",)"
      R"("pattern":"^[A-Z]{3}$"}},"required":["amount","currency"]})");
  EXPECT_EQ(component(components, "Part"),
            R"({"type":"object","additionalProperties":false,"properties":{"count":{"type":"integer",)"
            R"("format":"int32"},"rate":{"type":"integer","format":"int64","minimum":0,"maximum":1000000}},)"
            R"("required":["count","rate"]})");
  EXPECT_EQ(components.size(), 4U);
  // In an answer every field is present, so the same structure is another schema there.
  EXPECT_EQ(schema_of(json::codec<Thing>(), components, true),
            R"({"$ref":"#/components/schemas/ThingAnswer"})");
  EXPECT_TRUE(component(components, "ThingAnswer").ends_with(R"("parts","spare","metadata"]})"));
  EXPECT_NO_THROW(schema_of(json::codec<Money>(), components, true));

  std::vector<json::Component> answers;
  schema_of(json::codec<Note>(), answers, true);
  EXPECT_EQ(component(answers, "Note"),
            R"({"type":"object","additionalProperties":false,"properties":{"text":{"type":"string"},)"
            R"("more":{"type":["string","null"]}},"required":["text","more"]})");
  schema_of(json::codec<Tree>(), answers, true);
  EXPECT_EQ(component(answers, "Tree"),
            R"({"type":"object","additionalProperties":false,"properties":{"items":{"type":"array",)"
            R"("items":{"$ref":"#/components/schemas/Tree"}}},"required":["items"]})");
}

TEST(JsonSchema, query_fields) {
  std::vector<json::Component> components;
  schema_of(json::codec<Filter>(), components, false);
  const auto text = component(components, "Filter");
  EXPECT_NE(text.find(R"("limit":{"type":"integer","minimum":1,"maximum":200,"default":50})"),
            std::string::npos);
  EXPECT_NE(text.find(R"("colour":{"type":["string","null"],"enum":["red","green","blue",null]})"),
            std::string::npos);
  EXPECT_NE(
      text.find(
          R"("ids":{"type":["array","null"],"maxItems":1000,"items":{"type":"string","format":"uuid"}})"),
      std::string::npos);
  EXPECT_NE(text.find(R"("required":["colours"])"), std::string::npos) << text;
}

TEST(JsonSchema, strings_are_for_answers) {
  EXPECT_TRUE(json::is_request_type(json::codec<Thing>()));
  EXPECT_TRUE(json::is_request_type(json::codec<Filter>()));
  EXPECT_TRUE(json::is_request_type(json::codec<Tree>()));
  EXPECT_FALSE(json::is_request_type(json::codec<Note>()));
  EXPECT_FALSE(json::is_request_type(json::codec<std::vector<Note>>()));
  EXPECT_FALSE(json::is_request_type(json::codec<std::optional<std::string>>()));
}

TEST(Csv, header_rows_and_formulas) {
  std::string out;
  json::csv_header(json::codec<Thing>(), out);
  EXPECT_EQ(
      out,
      "\"id\",\"name\",\"email\",\"price.amount\",\"price.currency\",\"colour\",\"open\",\"size\",\"parts\","
      "\"spare.count\",\"spare.rate\",\"metadata\"\r\n");
  out.clear();
  auto thing = json::parse<Thing>(kThing);
  json::csv_row(json::codec<Thing>(), &thing, out);
  EXPECT_EQ(out,
            "\"017f22e2-79b0-7cc3-98c4-dc0c0c07398f\",\"Aé\",\"a@b.co\",\"1425\",\"USD\",\"green\",\"true\","
            "\"-9007199254740993\",\"[{\"\"count\"\":1,\"\"rate\"\":50000},"
            "{\"\"count\"\":2,\"\"rate\"\":0}]\",\"\",\"\","
            "\"{\"\"a\"\":[1,\"\"x\"\",null,true,2.5]}\"\r\n");
  const std::pair<const char*, const char*> cells[] = {
      {"", "\"\""},      {"a\"b", "\"a\"\"b\""}, {"=1+1", "\"'=1+1\""}, {"+1", "\"'+1\""},
      {"-1", "\"-1\""},  {"-1.50", "\"-1.50\""}, {"-1+2", "\"'-1+2\""}, {"-", "\"'-\""},
      {"@x", "\"'@x\""}, {"\tx", "\"'\tx\""},    {"\rx", "\"'\rx\""},   {"a,b\nc", "\"a,b\nc\""}};
  for (const auto& [text, cell] : cells) {
    out.clear();
    json::csv_cell(text, out);
    EXPECT_EQ(out, cell);
  }
}

TEST(JsonEnum, names) {
  EXPECT_EQ(json::enum_name(Colour::green_), "green");
  EXPECT_EQ(json::enum_from<Colour>("green"), Colour::green_);
  EXPECT_FALSE(json::enum_from<Colour>("green_"));
}

}  // namespace
}  // namespace tandem
