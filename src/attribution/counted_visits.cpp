#include "attribution/counted_visits.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string_view>
#include <tuple>

#include "base/assert.hpp"

namespace tandem::attribution {
namespace {

constexpr std::int64_t kSlotSeconds = 1800;
constexpr std::size_t kVisitorBytes = 64, kLinkBytes = 16;
constexpr std::size_t kPlaces = 65'536;  // 5.8 MB; a power of two

using Key = CountedVisits::Key;

Key key_of(const VisitFacts& visit) {
  const auto slot = slot_of(visit.at);
  Key key{};
  static_assert(kVisitorBytes + kLinkBytes + sizeof slot == std::tuple_size_v<Key>);
  TANDEM_ASSERT(visit.visitor_id.size() <= kVisitorBytes, "a visitor id of {} bytes",
                visit.visitor_id.size());
  std::memcpy(key.data(), visit.visitor_id.data(), visit.visitor_id.size());
  std::memcpy(key.data() + kVisitorBytes, visit.link_id.uuid().bytes().data(), kLinkBytes);
  std::memcpy(key.data() + kVisitorBytes + kLinkBytes, &slot, sizeof slot);
  return key;
}

std::string_view text_of(const Key& key) { return {key.data(), key.size()}; }

std::size_t place_of(const Key& key) { return std::hash<std::string_view>{}(text_of(key)) % kPlaces; }

}  // namespace

std::int64_t slot_of(Timestamp at) { return at.unix_seconds() / kSlotSeconds; }

CountedVisits::CountedVisits() : places_(kPlaces) {}

CountedVisits::Keys CountedVisits::keys_of(const std::vector<VisitFacts>& visits) {
  Keys keys(visits.size());
  std::ranges::transform(visits, keys.begin(), key_of);
  return keys;
}

void CountedVisits::mark_repeats(const Keys& keys, std::vector<VisitStatus>& statuses) const {
  boost::unordered_flat_set<std::string_view> here(keys.size());
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i] != VisitStatus::counted) continue;
    if (places_[place_of(keys[i])] == keys[i] || !here.insert(text_of(keys[i])).second)
      statuses[i] = VisitStatus::duplicate;
  }
}

void CountedVisits::remember(const Keys& keys, const std::vector<VisitStatus>& statuses) {
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i] != VisitStatus::counted && statuses[i] != VisitStatus::duplicate) continue;
    places_[place_of(keys[i])] = keys[i];
  }
}

}  // namespace tandem::attribution
