#include "attribution/counted_visits.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_set>

namespace tandem::attribution {
namespace {

constexpr std::int64_t kSlotSeconds = 1800;
constexpr std::size_t kPlaces = 65'536;  // some 6 MB; a power of two

std::string key_of(const VisitFacts& visit) {
  const auto& link = visit.link_id.uuid().bytes();
  const auto slot = slot_of(visit.at);
  std::string key;
  key.reserve(visit.visitor_id.size() + link.size() + sizeof slot);
  key = visit.visitor_id;
  key.append(reinterpret_cast<const char*>(link.data()), link.size());
  key.append(reinterpret_cast<const char*>(&slot), sizeof slot);
  return key;
}

std::size_t place_of(const std::string& key) { return std::hash<std::string>{}(key) % kPlaces; }

}  // namespace

std::int64_t slot_of(Timestamp at) { return at.unix_seconds() / kSlotSeconds; }

CountedVisits::CountedVisits() : places_(kPlaces) {}

CountedVisits::Keys CountedVisits::keys_of(const std::vector<VisitFacts>& visits) {
  Keys keys(visits.size());
  std::ranges::transform(visits, keys.begin(), key_of);
  return keys;
}

void CountedVisits::mark_repeats(const Keys& keys, std::vector<VisitStatus>& statuses) const {
  std::unordered_set<std::string_view> here;
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i] != VisitStatus::counted) continue;
    if (places_[place_of(keys[i])] == keys[i] || !here.insert(keys[i]).second)
      statuses[i] = VisitStatus::duplicate;
  }
}

void CountedVisits::remember(Keys keys, const std::vector<VisitStatus>& statuses) {
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i] != VisitStatus::counted && statuses[i] != VisitStatus::duplicate) continue;
    places_[place_of(keys[i])].swap(keys[i]);  // the old one is freed after the lock
  }
}

}  // namespace tandem::attribution
