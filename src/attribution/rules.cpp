#include "attribution/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/json.hpp"

namespace tandem::attribution {
namespace {

using partners::Model;
using Kind = Candidate::Kind;

constexpr std::size_t kKeptInTrace = 50;

bool is_touch(const Candidate& candidate) {
  return candidate.kind == Kind::visit || candidate.kind == Kind::click;
}

/// A coupon and a partner's name come with the lead, whatever instant the caller wrote.
Timestamp at(const Candidate& candidate, Timestamp lead_at) {
  return is_touch(candidate) ? candidate.at : lead_at;
}

/// Why a candidate does not count at all; empty when it does.
std::string ineligible(const Candidate& candidate, Timestamp lead_at) {
  if (!candidate.partner_is_active) return "the partner is not active";
  if (!candidate.has_deal) return "the partner has no deal in force";
  if (!is_touch(candidate)) return {};
  if (!candidate.is_seen) return "its page was never seen";
  if (candidate.at > lead_at) return "after the lead";
  if (lead_at - candidate.at > std::chrono::days{candidate.window_days})
    return fmt::format("outside the window of {} days", candidate.window_days);
  return {};
}

/// The visit that a click id names is often among the visitor's visits too; it is one touch, and the click
/// stands.
bool is_same_visit_as_a_click(std::span<const Candidate> candidates, const Candidate& visit) {
  return visit.kind == Kind::visit && visit.visit_id &&
         std::ranges::any_of(candidates, [&](const Candidate& other) {
           return other.kind == Kind::click && other.visit_id == visit.visit_id;
         });
}

Share share_of(const Candidate& candidate, std::int64_t weight = 1) {
  return {candidate.partner_id, candidate.link_id, candidate.coupon_id, weight};
}

/// Collects the decision; `eligible` are indices in order of time, ties by visit id, then by position.
struct Decision {
  std::span<const Candidate> candidates;
  std::vector<std::size_t> eligible;
  Attribution out;

  void win(std::size_t index, std::string_view model, std::string reason) {
    out.winner = index;
    out.model = model;
    out.reason = std::move(reason);
    out.shares = {share_of(candidates[index])};
    for (const auto other : eligible) out.verdicts[other] = "another touch won";
    out.verdicts[index] = "won";
  }

  /// The first eligible candidate of a kind that decides before any model does.
  std::optional<std::size_t> first_of(Kind kind) const {
    std::optional<std::size_t> found;
    for (const auto index : eligible)
      if (candidates[index].kind == kind && (kind != Kind::coupon || candidates[index].coupon_wins))
        found = std::min(found.value_or(index), index);
    return found;
  }

  void share_equally() {
    for (const auto index : eligible) {
      out.verdicts[index] = "shares";
      const auto& touch = candidates[index];
      const auto known = std::ranges::find_if(out.shares, [&](const Share& share) {
        return share.partner_id == touch.partner_id && share.link_id == touch.link_id;
      });
      if (known == out.shares.end()) {
        out.shares.push_back(share_of(touch));
      } else {
        ++known->weight;
      }
    }
    out.model = "linear";
    out.reason = fmt::format("Linear: {} touches within their windows share equally.", eligible.size());
  }

  /// The latest touch; of several at one instant the one with the lowest visit id.
  std::size_t latest(Timestamp lead_at) const {
    const auto newest = at(candidates[eligible.back()], lead_at);
    return *std::ranges::find_if(eligible,
                                 [&](auto index) { return at(candidates[index], lead_at) == newest; });
  }
};

std::vector<std::size_t> by_time(std::span<const Candidate> candidates,
                                 const std::vector<std::string>& verdicts, Timestamp lead_at) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (verdicts[i].empty()) order.push_back(i);
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const auto key = [&](std::size_t i) {
      return std::tuple(at(candidates[i], lead_at), candidates[i].visit_id.value_or(VisitId{}), i);
    };
    return key(a) < key(b);
  });
  return order;
}

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::visit: return "visit";
    case Kind::click: return "click";
    case Kind::coupon: return "coupon";
    case Kind::partner: break;
  }
  return "partner";
}

void put(std::string& out, std::string_view name, std::string_view text) {
  if (out.back() != '{') out += ',';
  json::print_string(name, out);
  out += ':';
  json::print_string(text, out);
}
template <class T>
void put_id(std::string& out, std::string_view name, const std::optional<T>& id) {
  if (id) put(out, name, id->str());
}

void put_candidate(std::string& out, const Candidate& candidate, const std::string& verdict) {
  out += '{';
  put(out, "kind", kind_name(candidate.kind));
  put(out, "partner_id", candidate.partner_id.str());
  put_id(out, "link_id", candidate.link_id);
  put_id(out, "coupon_id", candidate.coupon_id);
  put_id(out, "visit_id", candidate.visit_id);
  put_id(out, "deal_version_id", candidate.deal_version_id);
  if (is_touch(candidate)) put(out, "at", candidate.at.str());
  put(out, "verdict", verdict);
  out += '}';
}

/// Which candidates a long trace keeps: those that gain, then the latest; in the order in which they were
/// given.
std::vector<std::size_t> kept(std::span<const Candidate> candidates, const Attribution& decision) {
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (order.size() <= kKeptInTrace) return order;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const auto rank = [&](std::size_t i) {
      const auto& verdict = decision.verdicts[i];
      return std::tuple(decision.winner == i  ? 0
                        : verdict == "shares" ? 1
                                              : 2,
                        -candidates[i].at.unix_us(), i);
    };
    return rank(a) < rank(b);
  });
  order.resize(kKeptInTrace);
  std::ranges::sort(order);
  return order;
}

}  // namespace

Attribution attribute(std::span<const Candidate> candidates, Timestamp lead_at) {
  Decision decision{.candidates = candidates, .eligible = {}, .out = {}};
  auto& out = decision.out;
  for (const auto& candidate : candidates)
    out.verdicts.push_back(is_same_visit_as_a_click(candidates, candidate)
                               ? "counted as the click that names it"
                               : ineligible(candidate, lead_at));
  decision.eligible = by_time(candidates, out.verdicts, lead_at);
  if (decision.eligible.empty()) {
    out.model = "none";
    out.reason = candidates.empty() ? "There was no touch, coupon or named partner." : "No candidate counts.";
    return out;
  }
  if (const auto named = decision.first_of(Kind::partner)) {
    decision.win(*named, "named", "The caller named the partner.");
    return out;
  }
  if (const auto coupon = decision.first_of(Kind::coupon)) {
    decision.win(*coupon, "coupon", "A coupon was given, and its partner's deal lets coupons win.");
    return out;
  }
  const auto latest = decision.latest(lead_at);
  switch (candidates[latest].model) {
    case Model::first:
      decision.win(
          decision.eligible.front(), "first",
          fmt::format("First touch: the earliest of {} within their windows.", decision.eligible.size()));
      break;
    case Model::last:
      decision.win(
          latest, "last",
          fmt::format("Last touch: the latest of {} within their windows.", decision.eligible.size()));
      break;
    case Model::linear:
      decision.share_equally();
      out.winner = latest;
      break;
  }
  return out;
}

std::string trace_json(std::span<const Candidate> candidates, const Attribution& decision,
                       Timestamp lead_at) {
  std::string out = fmt::format("{{\"rule_version\":{}", kAttributionRuleVersion);
  put(out, "model", decision.model);
  put(out, "reason", decision.reason);
  put(out, "lead_at", lead_at.str());
  const auto shown = kept(candidates, decision);
  out += ",\"winner\":";
  const auto winner = decision.winner ? std::ranges::find(shown, *decision.winner) : shown.end();
  out += winner == shown.end() ? "null" : std::to_string(winner - shown.begin());
  out += fmt::format(",\"candidates_total\":{},\"candidates\":[", candidates.size());
  for (const auto index : shown) {
    if (out.back() != '[') out += ',';
    put_candidate(out, candidates[index], decision.verdicts[index]);
  }
  return out + "]}";
}

}  // namespace tandem::attribution
