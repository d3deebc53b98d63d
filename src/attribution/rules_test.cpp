#include "attribution/rules.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>
#include <numeric>
#include <set>

#include "support/shared_data.hpp"

namespace tandem::attribution {
namespace {

using partners::Model;
using Kind = Candidate::Kind;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;

template <class T>
T id(std::uint8_t number) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[15] = number;
  return T{Uuid{bytes}};
}

const Timestamp kLead = Timestamp::from_unix_seconds(1'700'000'000);

/// A visit of partner n through link n, some time before the lead.
Candidate visit(std::uint8_t partner, std::chrono::microseconds before, Model model = Model::last) {
  Candidate out;
  out.partner_id = id<PartnerId>(partner);
  out.link_id = id<LinkId>(partner);
  out.visit_id = id<VisitId>(static_cast<std::uint8_t>(100 + partner));
  out.at = kLead - before;
  out.model = model;
  return out;
}
Candidate coupon(std::uint8_t partner, bool wins = true, Model model = Model::last) {
  Candidate out;
  out.kind = Kind::coupon;
  out.partner_id = id<PartnerId>(partner);
  out.coupon_id = id<CouponId>(partner);
  out.at = kLead;
  out.coupon_wins = wins;
  out.model = model;
  return out;
}

/// "model: partner×weight …" with the number of each partner.
std::string summary(std::span<const Candidate> candidates) {
  const auto decision = attribute(candidates, kLead);
  EXPECT_EQ(decision.verdicts.size(), candidates.size());
  for (const auto& verdict : decision.verdicts) EXPECT_FALSE(verdict.empty());
  EXPECT_FALSE(decision.reason.empty());
  std::string out = decision.model + ":";
  for (const auto& share : decision.shares)
    out += fmt::format(" {}x{}", share.partner_id.uuid().bytes()[15], share.weight);
  return out;
}
std::string summary(std::initializer_list<Candidate> candidates) {
  return summary(std::span(candidates.begin(), candidates.size()));
}

TEST(Attribute, nobody) {
  EXPECT_EQ(summary({}), "none:");
  auto inactive = visit(1, days{1});
  inactive.partner_is_active = false;
  auto without_deal = visit(2, days{1});
  without_deal.has_deal = false;
  EXPECT_EQ(summary({inactive, without_deal, visit(3, days{91}), visit(4, -microseconds{1})}), "none:");
  const std::array all{inactive, without_deal, visit(3, days{91}), visit(4, -microseconds{1})};
  const auto decision = attribute(all, kLead);
  EXPECT_FALSE(decision.winner);
  EXPECT_EQ(decision.verdicts,
            (std::vector<std::string>{"the partner is not active", "the partner has no deal in force",
                                      "outside the window of 90 days", "after the lead"}));
}

TEST(Attribute, the_window_is_half_open) {
  EXPECT_EQ(summary({visit(1, days{90})}), "last: 1x1");
  EXPECT_EQ(summary({visit(1, days{90} + microseconds{1})}), "none:");
  EXPECT_EQ(summary({visit(1, microseconds{0})}), "last: 1x1") << "a visit at the lead's instant";
  auto none = visit(1, microseconds{0});
  none.window_days = 0;
  EXPECT_EQ(summary({none}), "last: 1x1");
  none.at = kLead - microseconds{1};
  EXPECT_EQ(summary({none}), "none:");
}

TEST(Attribute, the_latest_touch_chooses_the_model) {
  EXPECT_EQ(summary({visit(1, days{3}), visit(2, days{1}), visit(3, days{2})}), "last: 2x1");
  EXPECT_EQ(summary({visit(1, days{3}), visit(2, days{1}, Model::first), visit(3, days{2})}), "first: 1x1");
  EXPECT_EQ(summary({visit(1, days{3}, Model::first), visit(2, days{1})}), "last: 2x1");
  // A touch that does not count chooses nothing.
  EXPECT_EQ(summary({visit(1, days{3}), visit(2, -days{1}, Model::linear)}), "last: 1x1");
}

TEST(Attribute, linear_adds_up_touches_of_one_link) {
  const std::array touches{visit(1, days{5}), visit(2, days{4}), visit(1, days{3}), visit(3, days{99}),
                           visit(1, days{1}, Model::linear)};
  EXPECT_EQ(summary(touches), "linear: 1x3 2x1");
  const auto decision = attribute(touches, kLead);
  EXPECT_EQ(decision.winner, 4U);
  EXPECT_EQ(decision.verdicts, (std::vector<std::string>{"shares", "shares", "shares",
                                                         "outside the window of 90 days", "shares"}));
  auto other_link = visit(1, days{2});
  other_link.link_id = id<LinkId>(77);
  EXPECT_EQ(summary({visit(1, days{5}), other_link, visit(1, days{1}, Model::linear)}), "linear: 1x2 1x1");
}

TEST(Attribute, coupons) {
  EXPECT_EQ(summary({visit(1, hours{1}), coupon(2)}), "coupon: 2x1");
  EXPECT_EQ(summary({visit(1, hours{1}), coupon(2, false)}), "last: 2x1") << "a touch at the lead's instant";
  EXPECT_EQ(summary({visit(1, hours{1}), coupon(2, false, Model::first)}), "first: 1x1");
  EXPECT_EQ(summary({visit(1, hours{1}), coupon(2, false, Model::linear)}), "linear: 1x1 2x1");
  EXPECT_EQ(summary({coupon(3), coupon(2)}), "coupon: 3x1") << "the first that was given";
  auto inactive = coupon(2);
  inactive.partner_is_active = false;
  EXPECT_EQ(summary({visit(1, hours{1}), inactive}), "last: 1x1");
}

TEST(Attribute, a_named_partner_beats_all) {
  auto named = coupon(5);
  named.kind = Kind::partner;
  named.coupon_id.reset();
  EXPECT_EQ(summary({visit(1, hours{1}), coupon(2), named}), "named: 5x1");
  named.has_deal = false;
  EXPECT_EQ(summary({visit(1, hours{1}), coupon(2), named}), "coupon: 2x1");
}

TEST(Attribute, ties_of_time_go_to_the_lower_visit_id) {
  for (const auto model : {Model::first, Model::last}) {
    auto low = visit(2, hours{1}, model), high = visit(1, hours{1}, model);
    low.visit_id = id<VisitId>(1);
    high.visit_id = id<VisitId>(2);
    const std::string name = model == Model::first ? "first" : "last";
    EXPECT_EQ(summary({high, low}), name + ": 2x1");
    EXPECT_EQ(summary({low, high}), name + ": 2x1");
  }
}

TEST(Attribute, a_click_and_its_visit_are_one_touch) {
  auto click = visit(1, hours{1}, Model::linear);
  click.kind = Kind::click;
  EXPECT_EQ(summary({visit(1, hours{1}, Model::linear), click, visit(2, hours{2})}), "linear: 2x1 1x1");
  EXPECT_EQ(summary({click, visit(2, hours{2})}), "linear: 2x1 1x1");
}

TEST(TraceJson, says_everything_and_is_json) {
  auto late = visit(2, -days{1});
  late.deal_version_id = id<partners::DealVersionId>(9);
  const std::vector<Candidate> candidates{visit(1, days{1}), late, coupon(3, false)};
  const auto decision = attribute(candidates, kLead);
  simdjson::dom::parser parser;
  const auto trace = parser.parse(trace_json(candidates, decision, kLead)).value();
  EXPECT_EQ(std::int64_t(trace["rule_version"]), kAttributionRuleVersion);
  EXPECT_EQ(std::string_view(trace["model"]), "last");
  EXPECT_EQ(std::string_view(trace["lead_at"]), kLead.str());
  EXPECT_EQ(std::uint64_t(trace["winner"]), 2U);
  EXPECT_EQ(std::string_view(trace["candidates"].at(1)["verdict"]), "after the lead");
  EXPECT_EQ(std::string_view(trace["candidates"].at(1)["deal_version_id"]),
            id<partners::DealVersionId>(9).str());
  EXPECT_EQ(std::string_view(trace["candidates"].at(2)["kind"]), "coupon");
  EXPECT_EQ(trace["candidates"].at(2)["at"].error(), simdjson::NO_SUCH_FIELD);
  const auto none = parser.parse(trace_json({}, attribute({}, kLead), kLead)).value();
  EXPECT_TRUE(none["winner"].is_null());
}

TEST(TraceJson, keeps_fifty_candidates_and_the_winner_among_them) {
  std::vector<Candidate> candidates;
  for (std::uint8_t i = 0; i < 120; ++i) candidates.push_back(visit(i, hours{i + 1}, Model::first));
  const auto decision = attribute(candidates, kLead);
  EXPECT_EQ(decision.winner, 119U);
  simdjson::dom::parser parser;
  const auto trace = parser.parse(trace_json(candidates, decision, kLead)).value();
  const auto shown = simdjson::dom::array(trace["candidates"]);
  EXPECT_EQ(shown.size(), 50U);
  EXPECT_EQ(std::uint64_t(trace["candidates_total"]), 120U);
  EXPECT_EQ(std::string_view(shown.at(std::uint64_t(trace["winner"]))["verdict"]), "won");
}

// ------------------------------------------------------------------ published journeys

/// Exact: units of 10^-18, divided by a path's length only when everything is added up.
using Units = __int128;
using ByLength = std::map<std::size_t, Units>;  // path length (1 unless linear) to the sum of weight × value
struct Sums {
  std::map<std::string, ByLength> conversions, values;
  bool operator==(const Sums&) const = default;
};

Units units_of(std::string_view text) {
  Units units = 0;
  int decimals = -1;
  for (const char c : text) {
    if (c == '.') {
      decimals = 0;
      continue;
    }
    units = units * 10 + (c - '0');
    decimals += decimals >= 0;
  }
  for (int i = std::max(decimals, 0); i < 18; ++i) units *= 10;
  return units;
}

struct Journey {
  std::vector<std::string> channels;
  Units conversions = 0, value = 0;
};

std::vector<Journey> journeys_of(const std::string& text) {
  std::vector<Journey> out;
  const auto lines = test::lines_of(text);
  for (const auto line : std::span(lines).subspan(1)) {
    const auto comma = line.find(','), second = line.find(',', comma + 1), third = line.find(',', second + 1);
    Journey journey{{},
                    units_of(line.substr(comma + 1, second - comma - 1)),
                    units_of(line.substr(second + 1, third - second - 1))};
    for (std::string_view rest = line.substr(0, comma); !rest.empty();) {
      const auto end = rest.find(" > ");
      journey.channels.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 3);
    }
    out.push_back(std::move(journey));
  }
  return out;
}

void add(Sums& sums, const std::string& channel, std::size_t length, Units weight, const Journey& journey) {
  sums.conversions[channel][length] += weight * journey.conversions;
  sums.values[channel][length] += weight * journey.value;
}

/// Straight from the journeys, without the code that is tested.
Sums expected(const std::vector<Journey>& journeys, Model model) {
  Sums sums;
  for (const auto& journey : journeys) {
    if (model == Model::first) add(sums, journey.channels.front(), 1, 1, journey);
    if (model == Model::last) add(sums, journey.channels.back(), 1, 1, journey);
    if (model == Model::linear)
      for (const auto& channel : journey.channels) add(sums, channel, journey.channels.size(), 1, journey);
  }
  return sums;
}

Sums attributed(const std::vector<Journey>& journeys, Model model) {
  std::map<std::string, std::uint8_t> numbers;
  std::vector<std::string> names;
  Sums sums;
  for (const auto& journey : journeys) {
    std::vector<Candidate> candidates;
    auto before = hours{static_cast<int>(journey.channels.size())};
    for (const auto& channel : journey.channels) {
      const auto [known, is_new] = numbers.try_emplace(channel, static_cast<std::uint8_t>(names.size()));
      if (is_new) names.push_back(channel);
      auto touch = visit(known->second, before--, model);
      touch.window_days = 3650;
      candidates.push_back(touch);
    }
    const auto decision = attribute(candidates, kLead);
    std::int64_t total = 0;
    for (const auto& share : decision.shares) total += share.weight;
    for (const auto& share : decision.shares)
      add(sums, names[share.partner_id.uuid().bytes()[15]], static_cast<std::size_t>(total), share.weight,
          journey);
  }
  return sums;
}

/// Twelve digits after the point, half away from zero, of a sum over path lengths.
std::string digits_of(const ByLength& sum) {
  // 10^-18 units per length, each remainder kept as a fraction of the lengths' least common multiple.
  Units common = 1, whole = 0, rest = 0;
  for (const auto& [length, units] : sum)
    common = std::lcm(static_cast<std::int64_t>(common), static_cast<std::int64_t>(length));
  for (const auto& [length, units] : sum) {
    whole += units / static_cast<Units>(length);
    rest += units % static_cast<Units>(length) * (common / static_cast<Units>(length));
  }
  whole += rest / common;
  const Units million = 1'000'000, rounded = (whole + million / 2) / million;
  const auto trillion = static_cast<Units>(1'000'000'000'000);
  return fmt::format("{}.{:012}", static_cast<std::int64_t>(rounded / trillion),
                     static_cast<std::int64_t>(rounded % trillion));
}

class PublishedJourneys : public testing::TestWithParam<Model> {};

TEST_P(PublishedJourneys, equal_an_independent_sum) {
  TANDEM_SHARED_FILE(text, "data/attribution-paths/paths_0001_6000.csv.gz");
  const auto journeys = journeys_of(text);
  ASSERT_EQ(journeys.size(), 6000U);
  const auto ours = attributed(journeys, GetParam());
  EXPECT_EQ(ours, expected(journeys, GetParam()));
  // What is spread over channels is what the file holds.
  ByLength conversions, values, all_conversions, all_values;
  for (const auto& [channel, sums] : ours.conversions)
    for (const auto& [length, units] : sums) conversions[length] += units;
  for (const auto& [channel, sums] : ours.values)
    for (const auto& [length, units] : sums) values[length] += units;
  for (const auto& journey : journeys) {
    const auto length = GetParam() == Model::linear ? journey.channels.size() : 1;
    all_conversions[length] += static_cast<Units>(length) * journey.conversions;
    all_values[length] += static_cast<Units>(length) * journey.value;
  }
  EXPECT_EQ(conversions, all_conversions);
  EXPECT_EQ(values, all_values);
}

/// Conversions and values by channel, computed once from the same file with another program's fractions.
struct Figure {
  Model model;
  std::string_view channel, conversions, value;
};
constexpr std::array kFigures = std::to_array<Figure>({
    {Model::first, "alpha", "1902.000000000000", "5754.933319457671"},
    {Model::first, "beta", "1581.000000000000", "6897.052023695456"},
    {Model::first, "delta", "1.000000000000", "6.119000000000"},
    {Model::first, "epsilon", "44.000000000000", "212.792000000000"},
    {Model::first, "eta", "1987.000000000000", "7510.528308621439"},
    {Model::first, "gamma", "98.000000000000", "445.155436274510"},
    {Model::first, "iota", "2765.000000000000", "11820.970907381002"},
    {Model::first, "kappa", "50.000000000000", "198.815500000000"},
    {Model::first, "lambda", "633.000000000000", "2638.111552521008"},
    {Model::first, "mi", "2.000000000000", "5.273000000000"},
    {Model::first, "theta", "885.000000000000", "3664.645146687339"},
    {Model::first, "zeta", "18.000000000000", "69.465000000000"},
    {Model::last, "alpha", "2832.000000000000", "9883.643056722911"},
    {Model::last, "beta", "516.000000000000", "2113.178760233918"},
    {Model::last, "delta", "2.000000000000", "4.192000000000"},
    {Model::last, "epsilon", "350.000000000000", "1458.970741666667"},
    {Model::last, "eta", "2557.000000000000", "10152.764036666310"},
    {Model::last, "gamma", "59.000000000000", "383.989436274510"},
    {Model::last, "iota", "2218.000000000000", "8966.168373888132"},
    {Model::last, "kappa", "134.000000000000", "612.627000000000"},
    {Model::last, "lambda", "815.000000000000", "3546.286718270945"},
    {Model::last, "mi", "2.000000000000", "5.273000000000"},
    {Model::last, "theta", "411.000000000000", "1792.405820915033"},
    {Model::last, "zeta", "70.000000000000", "304.362250000000"},
    {Model::linear, "alpha", "2456.815921309362", "8128.916317382600"},
    {Model::linear, "beta", "1151.939281310863", "5058.588003758359"},
    {Model::linear, "delta", "0.825000000000", "2.150150000000"},
    {Model::linear, "epsilon", "171.652973191670", "714.707389128975"},
    {Model::linear, "eta", "2200.053911393452", "8504.705471623046"},
    {Model::linear, "gamma", "76.640660562801", "396.680719770180"},
    {Model::linear, "iota", "2432.586799765297", "10163.568998109682"},
    {Model::linear, "kappa", "83.832560889391", "350.725609346882"},
    {Model::linear, "lambda", "703.538475367405", "3017.497606136117"},
    {Model::linear, "mi", "2.222222222222", "6.081444444444"},
    {Model::linear, "theta", "602.929835172626", "2523.528648551924"},
    {Model::linear, "zeta", "82.962358814912", "356.710836386216"},
});

TEST_P(PublishedJourneys, equal_the_known_figures) {
  TANDEM_SHARED_FILE(text, "data/attribution-paths/paths_0001_6000.csv.gz");
  const auto ours = attributed(journeys_of(text), GetParam());
  std::size_t compared = 0;
  for (const auto& figure : kFigures) {
    if (figure.model != GetParam()) continue;
    ++compared;
    EXPECT_EQ(digits_of(ours.conversions.at(std::string(figure.channel))), figure.conversions)
        << figure.channel;
    EXPECT_EQ(digits_of(ours.values.at(std::string(figure.channel))), figure.value) << figure.channel;
  }
  EXPECT_EQ(compared, ours.values.size());
}

INSTANTIATE_TEST_SUITE_P(Models, PublishedJourneys, testing::Values(Model::first, Model::last, Model::linear),
                         [](const auto& info) { return std::string(json::enum_name(info.param)); });

}  // namespace
}  // namespace tandem::attribution
