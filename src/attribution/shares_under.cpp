// A lead's shares under another model, from its frozen trace: the decision function over the candidates that
// counted then.
#include "attribution/api.hpp"
#include "attribution/rules.hpp"
#include "base/json_view.hpp"

namespace tandem::attribution {
namespace {

template <class T>
std::optional<T> id_of(const json::View& view) {
  const auto text = view.text();
  return text ? T::parse(*text) : std::nullopt;
}

Candidate::Kind kind_of(std::string_view name) {
  if (name == "click") return Candidate::Kind::click;
  if (name == "coupon") return Candidate::Kind::coupon;
  if (name == "partner") return Candidate::Kind::partner;
  return Candidate::Kind::visit;
}

bool did_count(std::string_view verdict) {
  return verdict == "won" || verdict == "shares" || verdict == "another touch won";
}

}  // namespace

std::vector<EarningShare> shares_under(const JsonObject& trace, partners::Model model) {
  const auto document = json::Document::parse(trace.str());
  if (!document) return {};
  const auto root = document->root();
  const auto lead_at = Timestamp::parse(root["lead_at"].text().value_or("")).value_or(Timestamp{});
  std::vector<Candidate> candidates;
  for (const auto& item : root["candidates"].items()) {
    const auto partner_id = id_of<PartnerId>(item["partner_id"]);
    if (!partner_id || !did_count(item["verdict"].text().value_or(""))) continue;
    Candidate one;
    one.kind = kind_of(item["kind"].text().value_or(""));
    one.partner_id = *partner_id;
    one.link_id = id_of<LinkId>(item["link_id"]);
    one.coupon_id = id_of<CouponId>(item["coupon_id"]);
    one.visit_id = id_of<VisitId>(item["visit_id"]);
    one.at = Timestamp::parse(item["at"].text().value_or("")).value_or(lead_at);
    // That it was within its window was decided then.
    one.window_days = std::numeric_limits<int>::max() / (24 * 3600);
    one.model = model;
    one.coupon_wins = root["model"].text() == "coupon";
    candidates.push_back(one);
  }
  std::vector<EarningShare> out;
  for (const auto& share : attribute(candidates, lead_at).shares)
    out.push_back({share.partner_id, share.link_id, share.weight});
  return out;
}

}  // namespace tandem::attribution
