#include "partners/terms.hpp"

#include <fmt/format.h>

#include <set>

namespace tandem::partners {

namespace {

const db::Query<db::Nothing(TermId, DealVersionId, PartnerId, std::int32_t, TermKind, Trigger, Method,
                            std::optional<RatePpm>, std::optional<std::int64_t>, std::optional<Currency>,
                            Base, Duration, std::optional<std::int32_t>, std::int32_t, Model, bool,
                            std::int32_t, std::optional<std::int64_t>, std::optional<std::int64_t>,
                            JsonObject, JsonObject, std::optional<std::int32_t>, std::optional<TierBy>,
                            std::optional<TierPeriod>, JsonObject, std::optional<std::int64_t>,
                            std::optional<std::int64_t>, std::optional<std::int64_t>, JsonObject)>
    kInsertTerm{"partners.insert_term", R"sql(
  insert into app.deal_terms (organization_id, id, deal_version_id, partner_id, position, kind,
    trigger, method, rate_ppm, amount, currency, base, duration, duration_months, window_days,
    model, coupon_wins, hold_days, cap_per_conversion, cap_per_month, conditions, any_of, level, tier_by,
    tier_period, tiers, cap_per_deal, cap_per_partner, cap_per_year, split)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
    $24, $25, $26, $27, $28, $29, $30)
)sql"};

const db::Query<TermRow(DealId)> kDealTerms{"partners.deal_terms", R"sql(
  select t.id, v.deal_id, t.deal_version_id, t.partner_id, v.version, v.valid_from,
         t.position, t.kind, t.trigger, t.method, t.rate_ppm, t.amount, t.currency, t.base, t.duration,
         t.duration_months, t.window_days, t.model, t.coupon_wins, t.hold_days,
         t.cap_per_conversion, t.cap_per_month, t.conditions, t.any_of, t.level, t.tier_by, t.tier_period,
         t.tiers, t.cap_per_deal, t.cap_per_partner, t.cap_per_year, t.split
  from app.deal_versions v
  join app.deal_terms t on t.organization_id = v.organization_id and t.deal_version_id = v.id
  where v.organization_id = $1 and v.deal_id = $2
  order by v.version, t.position
)sql"};

// The version in force: the latest that began; no later one that began too.
const db::Query<TermRow(std::vector<PartnerId>, Timestamp)> kTermsInForce{"partners.terms_in_force", R"sql(
  select t.id, v.deal_id, t.deal_version_id, t.partner_id, v.version, v.valid_from,
         t.position, t.kind, t.trigger, t.method, t.rate_ppm, t.amount, t.currency, t.base, t.duration,
         t.duration_months, t.window_days, t.model, t.coupon_wins, t.hold_days,
         t.cap_per_conversion, t.cap_per_month, t.conditions, t.any_of, t.level, t.tier_by, t.tier_period,
         t.tiers, t.cap_per_deal, t.cap_per_partner, t.cap_per_year, t.split
  from app.deals d
  join app.deal_versions v on v.organization_id = d.organization_id and v.deal_id = d.id
    and v.valid_from <= $3
  join app.deal_terms t on t.organization_id = v.organization_id and t.deal_version_id = v.id
  where d.organization_id = $1 and d.partner_id = any ($2) and d.state = 'active'
    and not exists (
      select 1 from app.deal_versions n
      where n.organization_id = $1 and n.deal_id = v.deal_id and n.valid_from > v.valid_from
        and n.valid_from <= $3)
  order by t.partner_id, v.deal_id, t.position
)sql"};

const db::Query<TermRow(std::vector<PartnerId>)> kAllTerms{"partners.all_terms", R"sql(
  select t.id, v.deal_id, t.deal_version_id, t.partner_id, v.version, v.valid_from,
         t.position, t.kind, t.trigger, t.method, t.rate_ppm, t.amount, t.currency, t.base, t.duration,
         t.duration_months, t.window_days, t.model, t.coupon_wins, t.hold_days,
         t.cap_per_conversion, t.cap_per_month, t.conditions, t.any_of, t.level, t.tier_by, t.tier_period,
         t.tiers, t.cap_per_deal, t.cap_per_partner, t.cap_per_year, t.split
  from app.deals d
  join app.deal_versions v on v.organization_id = d.organization_id and v.deal_id = d.id
  join app.deal_terms t on t.organization_id = v.organization_id and t.deal_version_id = v.id
  where d.organization_id = $1 and d.partner_id = any ($2) and d.state = 'active'
  order by t.partner_id, v.deal_id, v.valid_from, t.position
)sql"};

struct ActiveRow {
  PartnerId id;
};
BOOST_DESCRIBE_STRUCT(ActiveRow, (), (id))
const db::Query<ActiveRow(std::vector<PartnerId>)> kActive{"partners.active_among", R"sql(
  select p.id from app.partners p where p.organization_id = $1 and p.id = any($2) and p.status = 'active'
)sql"};

/// Collects the mistakes of one structure.
class Mistakes {
 public:
  Mistakes(std::vector<FieldError>& errors, std::string at) : errors_(errors), at_(std::move(at)) {}
  void add(std::string_view field, std::string_view code, std::string detail) {
    errors_.push_back({fmt::format("{}/{}", at_, field), std::string(code), std::move(detail)});
  }
  void required(std::string_view field, std::string why) { add(field, "required", std::move(why)); }
  void range(std::string_view field, std::optional<std::int64_t> value, std::int64_t least,
             std::int64_t most) {
    if (value && (*value < least || *value > most))
      add(field, "out_of_range", fmt::format("{} to {}", least, most));
  }
  void refuse(std::string_view field, bool is_there, std::string why) {
    if (is_there) add(field, "out_of_range", std::move(why));
  }

 private:
  std::vector<FieldError>& errors_;
  std::string at_;
};

bool compares(ConditionOperator op) {
  return op == ConditionOperator::at_least || op == ConditionOperator::below;
}

void check_condition(const Condition& condition, Mistakes mistakes) {
  const bool is_metadata = condition.field == ConditionField::metadata;
  const bool is_number =
      condition.field == ConditionField::amount || condition.field == ConditionField::tenure;
  if (is_metadata && !condition.key) mistakes.required("key", "the name of the metadata");
  mistakes.refuse("key", !is_metadata && condition.key.has_value(), "only with metadata");
  if (is_number != compares(condition.op))
    mistakes.add("op", "out_of_range", is_number ? "at_least or below" : "in or not_in");
  if (condition.values.empty() || condition.values.size() > kConditionValuesMax)
    mistakes.add("values", "out_of_range", fmt::format("1 to {} values", kConditionValuesMax));
  if (is_number && condition.values.size() > 1) mistakes.add("values", "out_of_range", "one value");
  for (std::size_t i = 0; i < condition.values.size(); ++i) {
    const std::string& value = condition.values[i].str();
    if (is_number && !Decimal::parse(value))
      mistakes.add(fmt::format("values/{}", i), "malformed", "a decimal such as 19.90");
    if (condition.field == ConditionField::country && value.size() != 2)
      mistakes.add(fmt::format("values/{}", i), "malformed", "two letters");
  }
}

void check_conditions(const std::vector<Condition>& conditions, const std::string& at, bool may_be_empty,
                      std::vector<FieldError>& errors) {
  if (conditions.size() > kConditionsMax || (conditions.empty() && !may_be_empty))
    errors.push_back({at, "out_of_range", fmt::format("{} to {}", may_be_empty ? 0 : 1, kConditionsMax)});
  for (std::size_t i = 0; i < std::min(conditions.size(), kConditionsMax); ++i)
    check_condition(conditions[i], Mistakes(errors, fmt::format("{}/{}", at, i)));
}

void check_groups(const std::vector<ConditionGroup>& groups, const std::string& at,
                  std::vector<FieldError>& errors) {
  const auto most = [&](std::size_t count, const std::string& where) {
    if (count > kGroupsMax) errors.push_back({where, "out_of_range", fmt::format("at most {}", kGroupsMax)});
    return std::min(count, kGroupsMax);
  };
  for (std::size_t i = 0; i < most(groups.size(), at); ++i) {
    const std::string group = fmt::format("{}/{}", at, i);
    const auto sets = groups[i].any_of.value_or(std::vector<ConditionSet>{});
    check_conditions(groups[i].conditions, group + "/conditions", !sets.empty(), errors);
    for (std::size_t k = 0; k < most(sets.size(), group + "/any_of"); ++k)
      check_conditions(sets[k].conditions, fmt::format("{}/any_of/{}/conditions", group, k), false, errors);
  }
}

void check_tiers(const TermInput& term, const std::string& at, std::vector<FieldError>& errors) {
  Mistakes mistakes(errors, at);
  const bool is_bonus = term.kind == TermKind::bonus;
  if (!term.tiers || term.tiers->empty()) {
    if (is_bonus) mistakes.required("tiers", "a bonus has thresholds");
    mistakes.refuse("tier_by", term.tier_by.has_value(), "only with tiers");
    mistakes.refuse("tier_period", term.tier_period.has_value(), "only with tiers");
    return;
  }
  mistakes.refuse("tiers", term.kind == TermKind::override_, "not with an override");
  if (!term.tier_by) mistakes.required("tier_by", "what the tiers count");
  if (!term.tier_period) mistakes.required("tier_period", "when they begin again");
  if (term.tier_by == TierBy::volume && !term.currency)
    mistakes.required("currency", "a volume has a currency");
  if (term.tiers->size() > kTiersMax)
    mistakes.add("tiers", "out_of_range", fmt::format("at most {}", kTiersMax));
  std::int64_t below = 0;
  for (std::size_t i = 0; i < std::min(term.tiers->size(), kTiersMax); ++i) {
    const Tier& tier = (*term.tiers)[i];
    Mistakes of_tier(errors, fmt::format("{}/tiers/{}", at, i));
    of_tier.range("from", tier.from, below + 1, kMaxAmount);
    below = tier.from;
    const bool is_rate = term.method == Method::percentage;
    if (is_rate && !tier.rate_ppm) of_tier.required("rate_ppm", "of a percentage each tier has a rate");
    if (!is_rate && !tier.amount) of_tier.required("amount", "of a fixed amount each tier has one");
    of_tier.refuse("rate_ppm", !is_rate && tier.rate_ppm.has_value(), "only with method percentage");
    of_tier.refuse("amount", is_rate && tier.amount.has_value(), "only with method fixed");
    of_tier.range("amount", tier.amount, 1, kMaxAmount);
  }
}

void check_split(const TermInput& term, const std::string& at, std::vector<FieldError>& errors) {
  if (!term.split || term.split->empty()) return;
  Mistakes mistakes(errors, at);
  mistakes.refuse("split", term.kind.value_or(TermKind::commission) != TermKind::commission,
                  "only with a commission");
  if (term.split->size() > kSplitMax)
    mistakes.add("split", "out_of_range", fmt::format("at most {} partners", kSplitMax));
  std::int64_t left = RatePpm::kMaxPpm;
  std::set<PartnerId> named;
  for (std::size_t i = 0; i < std::min(term.split->size(), kSplitMax); ++i) {
    const TermShare& share = (*term.split)[i];
    Mistakes of_share(errors, fmt::format("{}/split/{}", at, i));
    if (!named.insert(share.partner_id).second)
      of_share.add("partner_id", "out_of_range", "each partner once");
    of_share.range("share_ppm", share.share_ppm.ppm(), 1, left);
    left -= share.share_ppm.ppm();
  }
}

void check_kind(const TermInput& term, Mistakes mistakes) {
  const TermKind kind = term.kind.value_or(TermKind::commission);
  if (kind == TermKind::override_) {
    if (!term.level) mistakes.required("level", "1 is a direct sub-partner");
    mistakes.range("level", term.level, 1, 10);
    mistakes.refuse("method", term.method != Method::percentage, "an override is a percentage");
    mistakes.refuse("base", term.base && *term.base != Base::gross, "an override is of what was earned");
  } else {
    mistakes.refuse("level", term.level.has_value(), "only with an override");
  }
  if (kind == TermKind::bonus) {
    mistakes.refuse("method", term.method != Method::fixed, "a bonus is a fixed amount for each tier");
    mistakes.refuse("amount", term.amount.has_value(), "the tiers of a bonus have the amounts");
  }
}

void check_term(const TermInput& term, const std::string& at, std::vector<FieldError>& errors) {
  Mistakes mistakes(errors, at);
  check_kind(term, mistakes);
  if (term.method == Method::fixed) {
    if (!term.amount && term.kind != TermKind::bonus)
      mistakes.required("amount", "a fixed commission has an amount in minor units");
    if (!term.currency) mistakes.required("currency", "a fixed commission has a currency");
    mistakes.refuse("rate_ppm", term.rate_ppm.has_value(), "only with method percentage");
  } else {
    if (!term.rate_ppm) mistakes.required("rate_ppm", "a percentage has a rate in parts per million");
    mistakes.refuse("amount", term.amount.has_value(), "only with method fixed");
    if (!term.currency && (term.cap_per_conversion || term.cap_per_month || term.cap_per_year ||
                           term.cap_per_deal || term.cap_per_partner))
      mistakes.required("currency", "a cap has a currency");
  }
  if (term.duration == Duration::months && !term.duration_months)
    mistakes.required("duration_months", "how many months after the first payment");
  mistakes.refuse("duration_months", term.duration_months && term.duration != Duration::months,
                  "only with duration months");
  mistakes.range("amount", term.amount, 1, kMaxAmount);
  mistakes.range("duration_months", term.duration_months, 1, 120);
  mistakes.range("window_days", term.window_days, 0, 3650);
  mistakes.range("hold_days", term.hold_days, 0, 365);
  mistakes.range("cap_per_conversion", term.cap_per_conversion, 1, kMaxAmount);
  mistakes.range("cap_per_month", term.cap_per_month, 1, kMaxAmount);
  mistakes.range("cap_per_year", term.cap_per_year, 1, kMaxAmount);
  mistakes.range("cap_per_deal", term.cap_per_deal, 1, kMaxAmount);
  mistakes.range("cap_per_partner", term.cap_per_partner, 1, kMaxAmount);
  check_tiers(term, at, errors);
  check_split(term, at, errors);
  if (term.conditions) check_conditions(*term.conditions, at + "/conditions", true, errors);
  if (term.any_of) check_groups(*term.any_of, at + "/any_of", errors);
}

/// A stored JSON list.
template <class T>
std::vector<T> list_of(const JsonObject& list) {
  if (list.str() == "[]") return {};
  return json::parse<std::vector<T>>(list.str());
}

Term term_of(const TermRow& row) {
  Term term;
  term.id = row.id;
  term.deal_id = row.deal_id;
  term.deal_version_id = row.deal_version_id;
  term.partner_id = row.partner_id;
  term.version = row.version;
  term.valid_from = row.valid_from;
  term.position = row.position;
  term.kind = row.kind;
  term.trigger = row.trigger;
  term.method = row.method;
  term.rate = row.rate_ppm.value_or(RatePpm{});
  term.amount = row.amount.value_or(0);
  term.currency = row.currency;
  term.base = row.base;
  term.duration = row.duration;
  term.duration_months = row.duration_months.value_or(0);
  term.window_days = row.window_days;
  term.model = row.model;
  term.coupon_wins = row.coupon_wins;
  term.hold_days = row.hold_days;
  term.cap_per_conversion = row.cap_per_conversion;
  term.cap_per_month = row.cap_per_month;
  term.conditions = list_of<Condition>(row.conditions);
  term.any_of = list_of<ConditionGroup>(row.any_of);
  term.level = row.level.value_or(0);
  term.tier_by = row.tier_by.value_or(TierBy::volume);
  term.tier_period = row.tier_period.value_or(TierPeriod::month);
  term.tiers = list_of<Tier>(row.tiers);
  term.cap_per_deal = row.cap_per_deal;
  term.cap_per_partner = row.cap_per_partner;
  term.cap_per_year = row.cap_per_year;
  term.split = list_of<TermShare>(row.split);
  return term;
}

std::vector<Term> terms_of(const std::vector<TermRow>& rows) {
  std::vector<Term> out;
  out.reserve(rows.size());
  for (const TermRow& row : rows) out.push_back(term_of(row));
  return out;
}

}  // namespace

std::vector<FieldError> check_terms(std::span<const TermInput> terms) {
  std::vector<FieldError> errors;
  if (terms.empty() || terms.size() > kTermsMax)
    errors.push_back({"/terms", "out_of_range", fmt::format("1 to {} terms", kTermsMax)});
  for (std::size_t i = 0; i < std::min(terms.size(), kTermsMax); ++i)
    check_term(terms[i], fmt::format("/terms/{}", i), errors);
  return errors;
}

RatePpm own_share(std::span<const TermShare> split) {
  std::int64_t own = RatePpm::kMaxPpm;
  for (const auto& share : split) own -= share.share_ppm.ppm();
  return RatePpm{own};
}

Task<> require_terms(db::Tx& tx, PartnerId partner_id, const std::vector<TermInput>& terms) {
  auto errors = check_terms(terms);
  if (!errors.empty()) throw Problem(kInvalid, {}, std::move(errors));
  std::vector<PartnerId> named;
  for (const TermInput& term : terms)
    for (const TermShare& share : term.split.value_or(std::vector<TermShare>{}))
      named.push_back(share.partner_id);
  if (named.empty()) co_return;
  std::set<PartnerId> active;
  for (const auto& row : co_await tx.all(kActive, named)) active.insert(row.id);
  active.erase(partner_id);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const auto split = terms[i].split.value_or(std::vector<TermShare>{});
    for (std::size_t k = 0; k < split.size(); ++k)
      if (!active.contains(split[k].partner_id))
        errors.push_back({fmt::format("/terms/{}/split/{}/partner_id", i, k), "out_of_range",
                          "another active partner of this organization"});
  }
  if (!errors.empty()) throw Problem(kInvalid, {}, std::move(errors));
}

TermInput with_defaults(TermInput term, std::int32_t default_window_days, std::int32_t default_hold_days) {
  term.kind = term.kind.value_or(TermKind::commission);
  term.base = term.base.value_or(Base::gross);
  term.duration = term.duration.value_or(Duration::lifetime);
  term.window_days = term.window_days.value_or(default_window_days);
  term.model = term.model.value_or(Model::last);
  term.coupon_wins = term.coupon_wins.value_or(true);
  term.hold_days = term.hold_days.value_or(default_hold_days);
  if (!term.conditions) term.conditions.emplace();
  if (!term.any_of) term.any_of.emplace();
  if (!term.tiers) term.tiers.emplace();
  if (!term.split) term.split.emplace();
  return term;
}

TermInput input_of(const DealTerm& term) {
  return {term.kind,
          term.trigger,
          term.method,
          term.rate_ppm,
          term.amount,
          term.currency,
          term.base,
          term.duration,
          term.duration_months,
          term.window_days,
          term.model,
          term.coupon_wins,
          term.hold_days,
          term.cap_per_conversion,
          term.cap_per_month,
          term.conditions,
          term.any_of,
          term.level,
          term.tier_by,
          term.tier_period,
          term.tiers,
          term.cap_per_deal,
          term.cap_per_partner,
          term.cap_per_year,
          term.split};
}

void insert_terms(db::Tx& tx, DealVersionId version_id, PartnerId partner_id,
                  std::span<const TermInput> terms, std::int32_t default_window_days,
                  std::int32_t default_hold_days) {
  std::int32_t position = 0;
  for (const TermInput& input : terms) {
    const TermInput term = with_defaults(input, default_window_days, default_hold_days);
    tx.later(kInsertTerm, tx.new_id<TermId>(), version_id, partner_id, position++, *term.kind, term.trigger,
             term.method, term.rate_ppm, term.amount, term.currency, *term.base, *term.duration,
             term.duration_months, *term.window_days, *term.model, *term.coupon_wins, *term.hold_days,
             term.cap_per_conversion, term.cap_per_month, JsonObject::trusted(json::print(*term.conditions)),
             JsonObject::trusted(json::print(*term.any_of)), term.level, term.tier_by, term.tier_period,
             JsonObject::trusted(json::print(*term.tiers)), term.cap_per_deal, term.cap_per_partner,
             term.cap_per_year, JsonObject::trusted(json::print(*term.split)));
  }
}

const db::Query<TermRow(DealId)>& deal_terms_query() { return kDealTerms; }

DealTerm shown(const db::Tx& tx, const TermRow& row) {
  DealTerm term;
  term.id = row.id;
  term.kind = row.kind;
  term.trigger = row.trigger;
  term.method = row.method;
  term.rate_ppm = row.rate_ppm;
  term.amount = row.amount;
  term.currency = row.currency;
  term.base = row.base;
  term.duration = row.duration;
  term.duration_months = row.duration_months;
  term.window_days = row.window_days;
  term.model = row.model;
  term.coupon_wins = row.coupon_wins;
  term.hold_days = row.hold_days;
  term.cap_per_conversion = row.cap_per_conversion;
  term.cap_per_month = row.cap_per_month;
  term.conditions = list_of<Condition>(row.conditions);
  term.any_of = list_of<ConditionGroup>(row.any_of);
  term.level = row.level;
  term.tier_by = row.tier_by;
  term.tier_period = row.tier_period;
  term.tiers = list_of<Tier>(row.tiers);
  term.cap_per_deal = row.cap_per_deal;
  term.cap_per_partner = row.cap_per_partner;
  term.cap_per_year = row.cap_per_year;
  term.split = list_of<TermShare>(row.split);
  term.own_share_ppm = own_share(term.split);
  if (tx.scope().partner_id) term.split.clear();
  return term;
}

Task<std::vector<Term>> terms_in_force(db::Tx& tx, std::vector<PartnerId> partner_ids, Timestamp at) {
  if (partner_ids.empty()) co_return std::vector<Term>{};
  co_return terms_of(co_await tx.all(kTermsInForce, partner_ids, at));
}

Task<std::vector<Term>> all_terms(db::Tx& tx, std::vector<PartnerId> partner_ids) {
  if (partner_ids.empty()) co_return std::vector<Term>{};
  co_return terms_of(co_await tx.all(kAllTerms, partner_ids));
}

std::vector<const Term*> in_force(std::span<const Term> terms, PartnerId partner_id, Timestamp at) {
  std::vector<const Term*> out;
  for (const Term& term : terms) {
    if (term.partner_id != partner_id || term.valid_from > at) continue;
    const auto replaces = [&](const Term& other) {
      return other.partner_id == partner_id && other.deal_id == term.deal_id &&
             other.valid_from > term.valid_from && other.valid_from <= at;
    };
    if (std::ranges::none_of(terms, replaces)) out.push_back(&term);
  }
  return out;
}

}  // namespace tandem::partners
