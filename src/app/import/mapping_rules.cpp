#include "app/import/mapping_rules.hpp"

#include <algorithm>

namespace tandem::app::importing {
namespace {

Place read_place(Section& in, const Mapping& mapping) {
  if (in.has("fact") == in.has("column")) in.fail("needs fact or column, not both");
  if (in.has("column")) return Column{in.text("column")};
  const auto name = in.text("fact");
  if (name.starts_with("metadata.")) {
    const auto known =
        std::ranges::find(mapping.metadata, name.substr(9), &std::pair<std::string, Place>::first);
    in.check("fact", known != mapping.metadata.end(), "is not in [columns] or [constants]");
    return known->second;
  }
  const auto fact = json::enum_from<Fact>(name);
  in.check("fact", fact && mapping.has(*fact), "is not in [columns] or [constants]");
  return mapping.place(*fact);
}

Test read_test(Section& in, const Mapping& mapping) {
  Test out;
  out.place = read_place(in, mapping);
  if (!in.has("test")) in.fail("test is missing");
  out.kind = in.word("test", TestKind::empty);
  switch (out.kind) {
    case TestKind::equals:
    case TestKind::prefix:
    case TestKind::suffix: out.values = {in.text("value")}; break;
    case TestKind::in: out.values = in.texts("values"); break;
    default: break;
  }
  out.negated = in.boolean("not", false);
  in.finish();
  return out;
}

}  // namespace

Rule read_rule(Section& in, const Mapping& mapping) {
  Rule out;
  out.name = in.text("name");
  in.check("name", is_word(out.name, "_", 40), "is 1 to 40 of a-z 0-9 _");
  in.check("name", std::ranges::find(mapping.rules, out.name, &Rule::name) == mapping.rules.end(),
           "occurs twice");
  for (auto& entry : in.sections("when")) out.when.push_back(read_test(entry, mapping));
  if (out.when.empty()) in.fail("when needs at least one test");
  if (!in.has("then")) in.fail("then is missing");
  out.then = in.word("then", Then::skip);
  in.check("then", out.then != Then::zero || mapping.kind == Kind::conversions,
           "zero belongs to conversions");
  out.reason = in.text("reason");
  in.check("reason", Text<1, 500>::parse(out.reason).has_value(),
           "is one sentence of at most 500 characters");
  in.finish();
  return out;
}

}  // namespace tandem::app::importing
