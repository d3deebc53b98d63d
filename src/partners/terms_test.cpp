#include "partners/terms.hpp"

#include <gtest/gtest.h>

#include "support/feature_fixture.hpp"

namespace tandem::partners {
namespace {

TermInput percentage() { return test::FeatureFixture::percentage(RatePpm{50'000}); }
TermInput fixed() {
  TermInput term;
  term.method = Method::fixed;
  term.amount = 1000;
  term.currency = Currency{};
  return term;
}
Condition condition(ConditionField field, ConditionOperator op, std::vector<std::string> values) {
  Condition out;
  out.field = field;
  out.op = op;
  for (const auto& value : values) out.values.push_back(Text<1, 120>::parse(value).value());
  return out;
}

struct Case {
  std::string name;
  TermInput term;
  std::string pointer;  // empty: nothing is wrong
  std::string code;
};

template <class Change>
TermInput with(TermInput term, Change change) {
  change(term);
  return term;
}

TEST(CheckTerms, NamesTheWrongField) {
  const std::vector<Case> cases{
      {"percentage", percentage(), "", ""},
      {"fixed", fixed(), "", ""},
      {"no rate", with(percentage(), [](auto& t) { t.rate_ppm.reset(); }), "/terms/0/rate_ppm", "required"},
      {"rate and fixed", with(fixed(), [](auto& t) { t.rate_ppm = RatePpm{1}; }), "/terms/0/rate_ppm",
       "out_of_range"},
      {"no amount", with(fixed(), [](auto& t) { t.amount.reset(); }), "/terms/0/amount", "required"},
      {"no currency", with(fixed(), [](auto& t) { t.currency.reset(); }), "/terms/0/currency", "required"},
      {"amount 0", with(fixed(), [](auto& t) { t.amount = 0; }), "/terms/0/amount", "out_of_range"},
      {"amount above", with(fixed(), [](auto& t) { t.amount = kMaxAmount + 1; }), "/terms/0/amount",
       "out_of_range"},
      {"amount and percentage", with(percentage(), [](auto& t) { t.amount = 5; }), "/terms/0/amount",
       "out_of_range"},
      {"cap without currency", with(percentage(), [](auto& t) { t.cap_per_month = 5; }), "/terms/0/currency",
       "required"},
      {"cap 0", with(fixed(), [](auto& t) { t.cap_per_conversion = 0; }), "/terms/0/cap_per_conversion",
       "out_of_range"},
      {"months without number", with(percentage(), [](auto& t) { t.duration = Duration::months; }),
       "/terms/0/duration_months", "required"},
      {"number without months", with(percentage(), [](auto& t) { t.duration_months = 3; }),
       "/terms/0/duration_months", "out_of_range"},
      {"121 months",
       with(percentage(), [](auto& t) { t.duration = Duration::months, t.duration_months = 121; }),
       "/terms/0/duration_months", "out_of_range"},
      {"window", with(percentage(), [](auto& t) { t.window_days = -1; }), "/terms/0/window_days",
       "out_of_range"},
      {"hold", with(percentage(), [](auto& t) { t.hold_days = 366; }), "/terms/0/hold_days", "out_of_range"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto errors = check_terms(std::vector{c.term});
    if (c.pointer.empty()) {
      EXPECT_TRUE(errors.empty());
      continue;
    }
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_EQ(errors[0].pointer, c.pointer);
    EXPECT_EQ(errors[0].code, c.code);
  }
}

TEST(CheckTerms, ReportsEveryMistakeAtOnce) {
  TermInput empty;
  empty.method = Method::fixed;
  empty.hold_days = 1000;
  const auto errors = check_terms(std::vector{percentage(), empty});
  ASSERT_EQ(errors.size(), 3U);
  EXPECT_EQ(errors[0].pointer, "/terms/1/amount");
  EXPECT_EQ(errors[2].pointer, "/terms/1/hold_days");
  EXPECT_EQ(check_terms({}).front().pointer, "/terms");
}

TEST(CheckTerms, Conditions) {
  using F = ConditionField;
  using O = ConditionOperator;
  const auto errors_of = [](Condition condition) {
    TermInput term = percentage();
    term.conditions = std::vector{std::move(condition)};
    return check_terms(std::vector{term});
  };
  EXPECT_TRUE(errors_of(condition(F::country, O::in, {"GB", "ie"})).empty());
  EXPECT_TRUE(errors_of(condition(F::amount, O::at_least, {"19.90"})).empty());
  EXPECT_EQ(errors_of(condition(F::amount, O::at_least, {"1e3"})).at(0).pointer,
            "/terms/0/conditions/0/values/0");
  EXPECT_EQ(errors_of(condition(F::amount, O::in, {"1"})).at(0).pointer, "/terms/0/conditions/0/op");
  EXPECT_EQ(errors_of(condition(F::plan, O::below, {"1"})).at(0).pointer, "/terms/0/conditions/0/op");
  EXPECT_EQ(errors_of(condition(F::country, O::in, {"GBR"})).at(0).pointer, "/terms/0/conditions/0/values/0");
  EXPECT_EQ(errors_of(condition(F::plan, O::in, {})).at(0).pointer, "/terms/0/conditions/0/values");
  EXPECT_EQ(errors_of(condition(F::metadata, O::in, {"x"})).at(0).pointer, "/terms/0/conditions/0/key");
}

TEST(InForce, ChoosesTheLatestVersionThatBegan) {
  const PartnerId partner{new_uuid()}, other{new_uuid()};
  const DealId deal{new_uuid()};
  const auto day = [](int n) { return Timestamp::from_unix_seconds(86'400LL * n); };
  const auto term = [&](PartnerId who, int version, Timestamp from) {
    Term t;
    t.partner_id = who;
    t.deal_id = deal;
    t.version = version;
    t.valid_from = from;
    return t;
  };
  const std::vector<Term> terms{term(partner, 1, day(10)), term(partner, 2, day(20)),
                                term(partner, 2, day(20)), term(other, 1, day(1))};
  EXPECT_TRUE(in_force(terms, partner, day(9)).empty());
  ASSERT_EQ(in_force(terms, partner, day(10)).size(), 1U);
  EXPECT_EQ(in_force(terms, partner, day(19))[0]->version, 1);
  ASSERT_EQ(in_force(terms, partner, day(20)).size(), 2U);
  EXPECT_EQ(in_force(terms, partner, day(30))[0]->version, 2);
}

TEST(TermsInForce, ReadsWhatWasAgreed) {
  test::FeatureFixture f;
  const auto partner = f.partner();
  const auto idle = f.partner();
  TermInput term = percentage();
  term.currency = Currency{};
  term.cap_per_month = 5000;
  term.duration = Duration::months;
  term.duration_months = 12;
  term.conditions = std::vector{condition(ConditionField::country, ConditionOperator::in, {"GB", "IE"})};
  f.deal(partner, {term, fixed()});
  f.deal(idle, RatePpm{10'000});
  f.tx(db::Role::read, [&](db::Tx& tx) -> Task<> {
    const auto found = co_await terms_in_force(tx, {partner}, tx.now());
    EXPECT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].partner_id, partner);
    EXPECT_EQ(found[0].rate.ppm(), 50'000);
    EXPECT_EQ(found[0].cap_per_month, 5000);
    EXPECT_EQ(found[0].duration_months, 12);
    EXPECT_EQ(found[0].hold_days, 0);
    EXPECT_EQ(found[0].conditions.at(0).values.at(1).str(), "IE");
    EXPECT_EQ(found[1].amount, 1000);
    EXPECT_EQ(found[1].hold_days, 30);
    EXPECT_EQ(found[1].window_days, 90);
    EXPECT_EQ((co_await terms_in_force(tx, {partner, idle}, tx.now())).size(), 3U);
    EXPECT_TRUE((co_await terms_in_force(tx, {partner}, Timestamp::from_unix_seconds(0))).empty());
    EXPECT_EQ((co_await all_terms(tx, {partner, idle})).size(), 3U);
  });
}

}  // namespace
}  // namespace tandem::partners
