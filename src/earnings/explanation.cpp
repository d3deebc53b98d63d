#include "earnings/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "documents/words.hpp"

namespace tandem::earnings {
namespace {

struct SettingsRow {
  TimeZone time_zone;
  std::string language;
};
BOOST_DESCRIBE_STRUCT(SettingsRow, (), (time_zone, language))
const db::Query<SettingsRow()> kSettings{"earnings.settings_of_explanations", R"sql(
  select time_zone, coalesce(settings ->> 'locale', 'en') as language
  from app.organizations
  where organization_id = $1
)sql"};

std::string code_of(const Given& given) {
  struct Code {
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(std::int64_t count) const { return std::to_string(count); }
    std::string operator()(const Decimal& number) const { return number.str(); }
    std::string operator()(const Money& money) const { return to_text(money); }
    std::string operator()(const ExactMoney& money) const {
      return fmt::format("{} {}", money.amount.str(), money.currency.code());
    }
    std::string operator()(Day day) const { return day.str(); }
    std::string operator()(const Month& month) const { return month.first.str().substr(0, 7); }
    std::string operator()(const Named& word) const { return word.code; }
  };
  return std::visit(Code{}, given.value);
}

std::string said(const Given& given, Language language) {
  struct Said {
    Language language;
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(std::int64_t count) const { return (*this)(Decimal(count, 0)); }
    std::string operator()(const Decimal& number) const {
      return documents::number_text(number, 0, language);
    }
    std::string operator()(const Money& money) const { return documents::money_text(money, language); }
    std::string operator()(const ExactMoney& money) const {
      return fmt::format("{}\u00A0{}",
                         documents::number_text(money.amount, money.currency.exponent(), language),
                         money.currency.code());
    }
    std::string operator()(Day day) const { return documents::day_text(day, language); }
    std::string operator()(const Month& month) const { return documents::month_text(month.first, language); }
    std::string operator()(const Named& word) const { return word.said; }
  };
  return std::visit(Said{language}, given.value);
}

/// The text with what is given in its places; a place of which nothing is given stays.
std::string filled(std::string_view text, const std::vector<Given>& given, Language language) {
  std::string out;
  while (!text.empty()) {
    const auto open = std::min(text.find('{'), text.size());
    out += text.substr(0, open);
    text.remove_prefix(open);
    const auto close = text.find('}');
    if (close == text.npos) break;
    const auto found = std::ranges::find(given, text.substr(1, close - 1), &Given::name);
    out += found == given.end() ? std::string(text.substr(0, close + 1)) : said(*found, language);
    text.remove_prefix(close + 1);
    // "5 марта 2026 г." ends a sentence by itself.
    if (out.ends_with('.') && text.starts_with('.')) text.remove_prefix(1);
  }
  return out += text;
}

}  // namespace

Sentence say(std::span<const Message> messages, Language language, std::string_view key,
             const std::vector<Given>& given, std::optional<Timestamp> at) {
  const auto found = std::ranges::find(messages, key, &Message::key);
  TANDEM_ASSERT(found != messages.end(), "nothing is said of {}", key);
  Sentence out{
      std::string(key), {}, filled(found->texts.at(static_cast<std::size_t>(language)), given, language), at};
  for (const auto& one : given) out.parameters.push_back({one.name, code_of(one)});
  return out;
}

Task<Wording> wording(db::Tx& tx, const GetExplanation& query) {
  const auto settings = co_await tx.one(kSettings);
  co_return Wording{
      settings.time_zone,
      query.language.value_or(json::enum_from<Language>(settings.language).value_or(Language::en))};
}

Day next_payout_day(Day today, std::int32_t day) {
  using namespace std::chrono;
  const year_month_day date{today.days()};
  auto month = date.year() / date.month();
  if (static_cast<std::int32_t>(unsigned{date.day()}) >= day) month += months{1};
  return Day(sys_days{month / static_cast<int>(day)});
}

}  // namespace tandem::earnings
