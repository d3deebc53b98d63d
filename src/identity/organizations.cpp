#include "identity/organizations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "identity/invitations.hpp"
#include "identity/platform_accesses.hpp"

namespace tandem::identity {

namespace {

const db::ListQuery<OrganizationRow(std::optional<OrganizationStatus>)> kListOrganizations{
    "identity.list_organizations",
    R"sql(
  select o.organization_id as id, o.slug, o.name, o.status, o.plan, o.time_zone, o.currency, o.created_at, o.updated_at,
    o.settings
  from app.organizations o
  where o.organization_id = $1 and ($2::text is null or o.status = $2)
)sql",
    "o.organization_id",
    {{"created_at", "o.created_at", "timestamptz"}, {"name", "o.name", "text"}}};

const db::Query<OrganizationRow(OrganizationId)> kOrganization{"identity.organization", R"sql(
  select o.organization_id as id, o.slug, o.name, o.status, o.plan, o.time_zone, o.currency, o.created_at, o.updated_at,
    o.settings
  from app.organizations o
  where o.organization_id = $1 and o.organization_id = $2
)sql"};

const db::Query<OrganizationRow(OrganizationId, std::optional<Text<1, 120>>, std::optional<TimeZone>,
                                std::optional<Currency>, JsonObject, std::vector<std::string>)>
    kUpdateOrganization{"identity.update_organization", R"sql(
  update app.organizations as o
  set name = coalesce($3, o.name), time_zone = coalesce($4, o.time_zone), currency = coalesce($5, o.currency),
      settings = o.settings - $7::text[] || jsonb_strip_nulls($6)
  where o.organization_id = $1 and o.organization_id = $2
  returning o.organization_id as id, o.slug, o.name, o.status, o.plan, o.time_zone, o.currency, o.created_at,
    o.updated_at, o.settings
)sql"};

const db::Query<http::RowVersion(OrganizationId)> kOrganizationVersion{"identity.organization_version", R"sql(
  select o.updated_at from app.organizations o
  where o.organization_id = $1 and o.organization_id = $2
  for no key update
)sql"};

const db::Query<OrganizationRow(std::optional<OrganizationStatus>, std::optional<Plan>)> kMoveOrganization{
    "identity.move_organization", R"sql(
  update app.organizations as o set status = coalesce($2, o.status), plan = coalesce($3, o.plan)
  where o.organization_id = $1
  returning o.organization_id as id, o.slug, o.name, o.status, o.plan, o.time_zone, o.currency, o.created_at,
    o.updated_at, o.settings
)sql"};

const db::Query<db::Nothing(Slug, Text<1, 120>, TimeZone, Currency, Plan, JsonObject)> kInsertOrganization{
    "identity.insert_organization", R"sql(
  insert into app.organizations (organization_id, slug, name, time_zone, currency, plan, settings)
  values ($1, $2, $3, $4, $5, $6, $7)
)sql"};

struct RestingRow {
  OrganizationId organization_id;
};
BOOST_DESCRIBE_STRUCT(RestingRow, (), (organization_id))
const db::ServiceQuery<RestingRow()> kResting{"identity.resting_organizations", R"sql(
  select o.organization_id from app.organizations o where o.status <> 'active'
)sql"};

struct DefaultsRow {
  std::string name;
  TimeZone time_zone;
  Currency currency;
  JsonObject settings;
};
BOOST_DESCRIBE_STRUCT(DefaultsRow, (), (name, time_zone, currency, settings))
const db::Query<DefaultsRow()> kDefaults{"identity.organization_defaults", R"sql(
  select o.name, o.time_zone, o.currency, o.settings from app.organizations o where o.organization_id = $1
)sql"};

const db::ServiceQuery<jobs::Calendar()> kCalendars{"identity.calendars", R"sql(
  select organization_id, time_zone from app.organizations where status = 'active'
)sql"};

Organization shown(const OrganizationRow& row) {
  Organization out;
  static_cast<OrganizationIdentity&>(out) = row;
  static_cast<OrganizationSettings&>(out) = settings_of(row.settings);
  return out;
}

Task<Page<Organization>> list_organizations(db::Tx& tx, ListOrganizations query) {
  auto rows = co_await tx.page(kListOrganizations, query.sort ? query.sort->str() : "", query.cursor,
                               query.limit.value_or(PageLimit{}), query.status);
  Page<Organization> page;
  for (const OrganizationRow& row : rows.items) page.items.push_back(shown(row));
  page.next_cursor = std::move(rows.next_cursor);
  co_return page;
}

Task<Organization> get_organization(db::Tx& tx, OrganizationId id) {
  const auto found = co_await tx.maybe(kOrganization, id);
  if (!found) throw Problem(kNotFound);
  co_return shown(*found);
}

bool is_colour(std::string_view text) {
  return text.size() == 7 && text.front() == '#' &&
         std::ranges::all_of(text.substr(1), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

/// "coupons.example": what stands between the slashes of an address, without a port.
bool is_host(std::string_view text) {
  return text.contains('.') && std::ranges::all_of(text, [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
         });
}

/// Every value out of its range.
std::vector<FieldError> mistakes_of(const UpdateSettings& change) {
  constexpr std::size_t kCurrenciesMax = 20;
  std::vector<FieldError> errors;
  const auto refuse = [&](std::string pointer, std::string why) {
    errors.push_back({std::move(pointer), "out_of_range", std::move(why)});
  };
  const auto check = [&](std::string_view name, const Patch<std::int32_t>& patch, int least, int most) {
    if (const auto& value = patch.value(); value && (*value < least || *value > most))
      refuse(fmt::format("/{}", name), fmt::format("{} to {}", least, most));
  };
  check("default_hold_days", change.default_hold_days, 0, 365);
  check("default_window_days", change.default_window_days, 0, 3650);
  check("new_partner_days", change.new_partner_days, 0, 365);
  check("new_partner_hold_days", change.new_partner_hold_days, 0, 365);
  check("claim_days", change.claim_days, 1, 365);
  check("payout_day", change.payout_day, 1, 28);
  check("payout_cutoff_day", change.payout_cutoff_day, 1, 28);
  if (change.currencies.value() && change.currencies.value()->size() > kCurrenciesMax)
    refuse("/currencies", "at most 20");
  const auto check_amounts = [&](std::string_view name, const std::optional<std::vector<Money>>& amounts) {
    std::set<Currency> seen;
    for (std::size_t i = 0; amounts && i < amounts->size(); ++i) {
      if ((*amounts)[i].amount < 0) refuse(fmt::format("/{}/{}/amount", name, i), "not below 0");
      if (!seen.insert((*amounts)[i].currency).second)
        refuse(fmt::format("/{}/{}/currency", name, i), "one for each currency");
    }
  };
  check_amounts("payout_minimums", change.payout_minimums.value());
  check_amounts("payout_approval_limits", change.payout_approval_limits.value());
  constexpr std::size_t kSitesMax = 200;
  const auto& sites = change.coupon_sites.value();
  if (sites && sites->size() > kSitesMax) refuse("/coupon_sites", "at most 200");
  for (std::size_t i = 0; sites && i < sites->size(); ++i)
    if (!is_host((*sites)[i].str()))
      refuse(fmt::format("/coupon_sites/{}", i), "a host in lower case, such as coupons.example");
  if (const auto& accent = change.brand_accent.value(); accent && !is_colour(accent->str()))
    refuse("/brand_accent", "#rrggbb");
  return errors;
}

Task<Organization> update_organization(db::Tx& tx, OrganizationId id, UpdateOrganization change) {
  auto errors = mistakes_of(change);
  if (!errors.empty()) throw Problem(kInvalid, {}, std::move(errors));
  const UpdateSettings& settings = change;
  auto [before, after] =
      co_await tx.together(db::call(kOrganization, id),
                           db::call(kUpdateOrganization, id, change.name, change.time_zone, change.currency,
                                    JsonObject::trusted(json::print(settings)), json::given(settings)));
  if (after.empty()) throw Problem(kNotFound);
  const Organization out = shown(after.front());
  note_change(tx, shown(before.at(0)), out);
  co_return out;
}

/// What a new organization pays at least, until it says otherwise: what ten US dollars are about, in round
/// figures, minor units. In other currencies there is no minimum.
std::vector<Money> usual_minimums() {
  struct Usual {
    std::string_view currency;
    std::int64_t amount;
  };
  constexpr std::array kUsual{Usual{"USD", 1'000},   Usual{"EUR", 1'000},      Usual{"GBP", 1'000},
                              Usual{"CHF", 1'000},   Usual{"JPY", 1'500},      Usual{"KRW", 15'000},
                              Usual{"INR", 80'000},  Usual{"IDR", 15'000'000}, Usual{"RUB", 100'000},
                              Usual{"KZT", 500'000}, Usual{"UZS", 12'000'000}};
  std::vector<Money> out;
  for (const auto& one : kUsual) out.push_back({one.amount, Currency::parse(one.currency).value()});
  return out;
}

Task<> insert_organization(db::Tx& tx, const NewOrganization& organization,
                           const std::optional<Beginning>& beginning) {
  const Uuid id = tx.scope().organization_id.uuid();
  UpdateSettings settings;
  settings.payout_minimums = usual_minimums();
  if (beginning) settings.locale = beginning->locale;
  tx.later(kInsertOrganization, organization.slug, organization.name, organization.time_zone,
           organization.currency, beginning ? beginning->plan : Plan::free,
           JsonObject::trusted(json::print(settings)));
  if (!co_await claim_code(tx, CodeKind::organization, organization.slug.str(), id))
    throw Problem(kSlugTaken);
  record_audit(tx, "create_organization", id, JsonObject{});
  if (beginning)
    co_await invite(tx, {.email = beginning->owner_email,
                         .role = MemberRole::owner,
                         .locale = beginning->locale,
                         .partner_id = {}});
}

Task<OrganizationId> create(db::Pool& pool, NewOrganization organization,
                            std::optional<Beginning> beginning) {
  const OrganizationId id{new_uuid()};
  const auto scope =
      beginning ? operator_scope(id, beginning->by) : db::Scope{id, db::ActorKind::system, {}, {}};
  const auto work = [&](db::Tx& tx) { return insert_organization(tx, organization, beginning); };
  co_await db::run_tx(pool, scope, db::Role::write, work);
  co_return id;
}

}  // namespace

Task<OrganizationId> create_organization(db::Pool& pool, NewOrganization organization) {
  return create(pool, std::move(organization), std::nullopt);
}

Task<OrganizationId> create_organization(db::Pool& pool, NewOrganization organization, Beginning beginning) {
  return create(pool, std::move(organization), std::move(beginning));
}

Task<std::optional<OrganizationId>> find_organization(db::Pool& pool, Slug slug) {
  auto lease = co_await pool.acquire(db::Role::service);
  const auto target = co_await find_code(*lease, CodeKind::organization, slug.str());
  if (!target) co_return std::nullopt;
  co_return target->organization_id;
}

OrganizationSettings settings_of(const JsonObject& stored) {
  const auto set = json::parse<UpdateSettings>(stored.str());
  OrganizationSettings out;
  const auto take = [](auto& into, const auto& from) {
    if (!from.value()) return;
    if constexpr (requires {
                    from.value()->str();
                    into.has_value();
                  })
      into = from.value()->str();
    else
      into = *from.value();
  };
  take(out.locale, set.locale);
  take(out.currencies, set.currencies);
  take(out.default_hold_days, set.default_hold_days);
  take(out.default_window_days, set.default_window_days);
  take(out.new_partner_days, set.new_partner_days);
  take(out.new_partner_hold_days, set.new_partner_hold_days);
  take(out.claim_days, set.claim_days);
  take(out.approves_partners, set.approves_partners);
  take(out.payout_day, set.payout_day);
  take(out.payout_cutoff_day, set.payout_cutoff_day);
  take(out.payout_minimums, set.payout_minimums);
  take(out.payout_approval_limits, set.payout_approval_limits);
  take(out.payouts_need_payee_form, set.payouts_need_payee_form);
  take(out.brand_accent, set.brand_accent);
  take(out.require_second_factor, set.require_second_factor);
  take(out.clicks_need_landing, set.clicks_need_landing);
  take(out.coupon_sites, set.coupon_sites);
  return out;
}

Task<OrganizationDefaults> organization_defaults(db::Tx& tx) {
  const DefaultsRow row = co_await tx.one(kDefaults);
  const OrganizationSettings settings = settings_of(row.settings);
  co_return OrganizationDefaults{row.time_zone,
                                 row.currency,
                                 settings.default_hold_days,
                                 settings.default_window_days,
                                 settings.approves_partners,
                                 settings.new_partner_days,
                                 settings.new_partner_hold_days};
}

Task<PayoutSettings> payout_settings(db::Tx& tx) {
  const DefaultsRow row = co_await tx.one(kDefaults);
  OrganizationSettings settings = settings_of(row.settings);
  co_return PayoutSettings{row.name,
                           row.time_zone,
                           settings.payout_day,
                           settings.payout_cutoff_day,
                           std::move(settings.payout_minimums),
                           std::move(settings.payout_approval_limits),
                           settings.payouts_need_payee_form};
}

Task<std::vector<OrganizationId>> resting_organizations(db::Connection& service) {
  std::vector<OrganizationId> out;
  for (const auto& row : co_await db::service_all(service, kResting)) out.push_back(row.organization_id);
  co_return out;
}

Task<std::vector<jobs::Calendar>> calendars(db::Pool& pool) {
  auto lease = co_await pool.acquire(db::Role::service);
  co_return co_await db::service_all(*lease, kCalendars);
}

Task<bool> move_organization(db::Tx& tx, std::optional<OrganizationStatus> status, std::optional<Plan> plan,
                             std::string reason) {
  const auto moved = co_await tx.maybe(kMoveOrganization, status, plan);
  if (!moved) co_return false;
  std::string body = R"({"reason":)";
  json::print_string(reason, body);
  body += fmt::format(R"(,"status":"{}","plan":"{}"}})", json::enum_name(moved->status),
                      json::enum_name(moved->plan));
  record_audit(tx, "move_organization", moved->id.uuid(), JsonObject::trusted(std::move(body)));
  co_return true;
}

void declare_organizations(http::Routes& routes) {
  routes.tag("organizations");
  routes.get("/api/organizations", list_organizations)
      .says("List the caller's own organization")
      .allow(http::Access::staff)
      .needs(http::Permission::settings_read)
      .as(db::Role::read);
  routes.get("/api/organizations/{organization_id}", get_organization)
      .says("Get the caller's organization")
      .allow(http::Access::partner)
      .needs(http::Permission::settings_read)
      .as(db::Role::read);
  routes.patch("/api/organizations/{organization_id}", update_organization)
      .says("Change name, time zone, currency and settings")
      .explains(
          "What is absent stays as it is; a setting that is null goes back to what it is when nothing is set.")
      .allow(http::Access::staff)
      .needs(http::Permission::settings_manage)
      .as(db::Role::write)
      .versioned(kOrganizationVersion);
}

}  // namespace tandem::identity
