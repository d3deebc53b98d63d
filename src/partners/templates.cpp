// Templates of deals: terms under a name, that deals are made from. One may be the default: who becomes
// active without a deal gets one of its terms.
#include <fmt/format.h>

#include "partners/deals.hpp"

namespace tandem::partners {

namespace {

inline constexpr ProblemKind kTemplateNameTaken{409, "template_name_taken", "Another template has this name"};

struct CreateTemplate {
  Text<1, 200> name;
  std::vector<TermInput> terms;    // 1 to 20
  std::optional<bool> is_default;  // false unless told; one at most, the latest
};
BOOST_DESCRIBE_STRUCT(CreateTemplate, (), (name, terms, is_default))

struct SaveAsTemplate {
  Text<1, 200> name;
};
BOOST_DESCRIBE_STRUCT(SaveAsTemplate, (), (name))

struct UpdateTemplate {
  std::optional<Text<1, 200>> name;
  std::optional<std::vector<TermInput>> terms;
  std::optional<bool> is_default;
};
BOOST_DESCRIBE_STRUCT(UpdateTemplate, (), (name, terms, is_default))

struct DealFromTemplate {
  PartnerId partner_id;
  std::optional<Text<1, 200>> name;  // the template's unless told
  std::optional<Timestamp> valid_from;
};
BOOST_DESCRIBE_STRUCT(DealFromTemplate, (), (partner_id, name, valid_from))

struct DealTemplate {
  DealTemplateId id;
  std::string name;
  bool is_default = false;
  std::vector<TermInput> terms;
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(DealTemplate, (), (id, name, is_default, terms, created_at, updated_at))

struct ListTemplates {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
};
BOOST_DESCRIBE_STRUCT(ListTemplates, (), (cursor, limit, sort))

struct TemplateRow {
  DealTemplateId id;
  Text<1, 200> name;
  bool is_default = false;
  JsonObject terms;  // a JSON list
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(TemplateRow, (), (id, name, is_default, terms, created_at, updated_at))

const db::Query<TemplateRow(DealTemplateId, Text<1, 200>, JsonObject, bool)> kInsertTemplate{
    "partners.insert_template", R"sql(
  insert into app.deal_templates as t (organization_id, id, name, terms, is_default) values ($1, $2, $3, $4, $5)
  returning t.id, t.name, t.is_default, t.terms, t.created_at, t.updated_at
)sql"};

const db::Query<TemplateRow(DealTemplateId)> kTemplate{"partners.template", R"sql(
  select t.id, t.name, t.is_default, t.terms, t.created_at, t.updated_at
  from app.deal_templates t
  where t.organization_id = $1 and t.id = $2
)sql"};

const db::Query<http::RowVersion(DealTemplateId)> kTemplateVersion{"partners.template_version", R"sql(
  select t.updated_at from app.deal_templates t where t.organization_id = $1 and t.id = $2 for no key update
)sql"};

struct DefaultRow {
  Text<1, 200> name;
  JsonObject terms;
};
BOOST_DESCRIBE_STRUCT(DefaultRow, (), (name, terms))
// No row: there is no default, or the partner has a deal.
const db::Query<DefaultRow(PartnerId)> kDefaultFor{"partners.default_template_for", R"sql(
  select t.name, t.terms
  from app.deal_templates t
  where t.organization_id = $1 and t.is_default
    and not exists (select 1 from app.deals d where d.organization_id = $1 and d.partner_id = $2)
)sql"};

const db::ListQuery<TemplateRow()> kListTemplates{"partners.list_templates",
                                                  R"sql(
  select t.id, t.name, t.is_default, t.terms, t.created_at, t.updated_at
  from app.deal_templates t
  where t.organization_id = $1
)sql",
                                                  "t.id",
                                                  {{"name", "t.name", "text"}}};

const db::Query<db::Nothing(DealTemplateId)> kNoOtherDefault{"partners.clear_default_template", R"sql(
  update app.deal_templates as t set is_default = false
  where t.organization_id = $1 and t.is_default and t.id <> $2
)sql"};

const db::Query<TemplateRow(DealTemplateId, std::optional<Text<1, 200>>, std::optional<JsonObject>,
                            std::optional<bool>)>
    kUpdateTemplate{"partners.update_template", R"sql(
  update app.deal_templates as t
  set name = coalesce($3, t.name), terms = coalesce($4, t.terms), is_default = coalesce($5, t.is_default)
  where t.organization_id = $1 and t.id = $2
  returning t.id, t.name, t.is_default, t.terms, t.created_at, t.updated_at
)sql"};

const db::Query<db::Nothing(DealTemplateId)> kDeleteTemplate{"partners.delete_template", R"sql(
  delete from app.deal_templates as t where t.organization_id = $1 and t.id = $2
)sql"};

std::vector<TermInput> terms_of(const JsonObject& list) {
  return json::parse<std::vector<TermInput>>(list.str());
}

JsonObject checked(const std::vector<TermInput>& terms) {
  auto errors = check_terms(terms);
  // A template is for whoever comes: it names nobody.
  for (std::size_t i = 0; i < terms.size(); ++i)
    if (terms[i].split && !terms[i].split->empty())
      errors.push_back({fmt::format("/terms/{}/split", i), "out_of_range", "not in a template"});
  if (!errors.empty()) throw Problem(kInvalid, {}, std::move(errors));
  return JsonObject::trusted(json::print(terms));
}

DealTemplate shown(const TemplateRow& row) {
  return {row.id, row.name.str(), row.is_default, terms_of(row.terms), row.created_at, row.updated_at};
}

Task<DealTemplate> insert(db::Tx& tx, Text<1, 200> name, std::vector<TermInput> terms, bool is_default) {
  const auto id = tx.new_id<DealTemplateId>();
  const auto list = checked(terms);
  if (is_default) tx.later(kNoOtherDefault, id);
  co_return shown(co_await tx.one(kInsertTemplate, id, name, list, is_default));
}

Task<DealTemplate> create_template(db::Tx& tx, CreateTemplate request) {
  return insert(tx, request.name, std::move(request.terms), request.is_default.value_or(false));
}

Task<DealTemplate> save_as_template(db::Tx& tx, DealId deal_id, SaveAsTemplate request) {
  const Deal deal = co_await get_deal(tx, deal_id);
  std::vector<TermInput> terms;
  for (const DealTerm& term : deal.versions.back().terms) {
    terms.push_back(input_of(term));
    terms.back().split.reset();
  }
  co_return co_await insert(tx, request.name, std::move(terms), false);
}

Task<DealTemplate> get_template(db::Tx& tx, DealTemplateId id) {
  const auto row = co_await tx.maybe(kTemplate, id);
  if (!row) throw Problem(kNotFound);
  co_return shown(*row);
}

Task<Page<DealTemplate>> list_templates(db::Tx& tx, ListTemplates query) {
  const auto rows = co_await tx.page(kListTemplates, query.sort ? query.sort->str() : "", query.cursor,
                                     query.limit.value_or(PageLimit{}));
  Page<DealTemplate> out;
  for (const auto& row : rows.items) out.items.push_back(shown(row));
  out.next_cursor = rows.next_cursor;
  co_return out;
}

Task<DealTemplate> update_template(db::Tx& tx, DealTemplateId id, UpdateTemplate change) {
  const auto terms = change.terms ? std::optional{checked(*change.terms)} : std::nullopt;
  if (change.is_default.value_or(false)) tx.later(kNoOtherDefault, id);
  const auto row = co_await tx.maybe(kUpdateTemplate, id, change.name, terms, change.is_default);
  if (!row) throw Problem(kNotFound);
  co_return shown(*row);
}

Task<http::NoContent> delete_template(db::Tx& tx, DealTemplateId id) {
  if (co_await tx.exec(kDeleteTemplate, id) == 0) throw Problem(kNotFound);
  co_return http::NoContent{};
}

Task<Deal> deal_from_template(db::Tx& tx, DealTemplateId id, DealFromTemplate request) {
  const auto row = co_await tx.maybe(kTemplate, id);
  if (!row) throw Problem(kNotFound);
  CreateDeal deal;
  deal.name = request.name.value_or(row->name);
  deal.valid_from = request.valid_from;
  deal.terms = terms_of(row->terms);
  co_return co_await create_deal(tx, request.partner_id, std::move(deal));
}

}  // namespace

Task<> give_default_deal(db::Tx& tx, PartnerId partner_id) {
  const auto row = co_await tx.maybe(kDefaultFor, partner_id);
  if (!row) co_return;
  CreateDeal deal;
  deal.name = row->name;
  deal.terms = terms_of(row->terms);
  const Deal made = co_await create_deal(tx, partner_id, std::move(deal));
  co_await activate_deal(tx, made.id);
}

void declare_templates(http::Routes& routes) {
  routes.map_constraint("deal_templates_name", kTemplateNameTaken);
  routes.map_constraint("deal_templates_default", kState);  // two made theirs the default at once
  const auto staff = [](http::Route& route, std::string summary, db::Role role) -> http::Route& {
    return route.says(std::move(summary))
        .allow(http::Access::staff)
        .needs(role == db::Role::read ? http::Permission::deals_read : http::Permission::deals_manage)
        .as(role);
  };
  constexpr std::string_view kOne = "/api/deal-templates/{deal_template_id}";
  staff(routes.post("/api/deal-templates", create_template), "Create a template of deals", db::Role::write)
      .refuses({&kTemplateNameTaken, &kState});
  staff(routes.post("/api/deals/{deal_id}/template", save_as_template),
        "Save a deal's latest terms as a template, without the partners that they name", db::Role::write)
      .refuses({&kTemplateNameTaken});
  staff(routes.get("/api/deal-templates", list_templates), "List templates of deals", db::Role::read);
  staff(routes.get(std::string(kOne), get_template), "Get a template of deals", db::Role::read);
  staff(routes.patch(std::string(kOne), update_template),
        "Change a template of deals; deals made from it stay", db::Role::write)
      .explains(
          "With `is_default` it is what a partner gets that becomes active without a deal; one template is.")
      .versioned(kTemplateVersion)
      .refuses({&kTemplateNameTaken, &kState});
  staff(routes.post(std::string(kOne) + "/deals", deal_from_template),
        "Draft a deal of a partner from a template", db::Role::write)
      .refuses({&kState});
  staff(routes.del(std::string(kOne), delete_template), "Delete a template of deals; deals made from it stay",
        db::Role::write);
}

}  // namespace tandem::partners
