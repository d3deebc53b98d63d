#include "earnings/explanation.hpp"

#include <algorithm>

#include "base/assert.hpp"

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

}  // namespace

Sentence say(std::span<const Message> messages, Language language, std::string_view key,
             std::vector<Parameter> parameters, std::optional<Timestamp> at) {
  const auto found = std::ranges::find(messages, key, &Message::key);
  TANDEM_ASSERT(found != messages.end(), "nothing is said of {}", key);
  Sentence out{std::string(key), std::move(parameters),
               std::string(found->texts.at(static_cast<std::size_t>(language))), at};
  for (const auto& [name, value] : out.parameters) {
    const std::string marker = "{" + name + "}";
    if (const auto place = out.text.find(marker); place != std::string::npos)
      out.text.replace(place, marker.size(), value);
  }
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
