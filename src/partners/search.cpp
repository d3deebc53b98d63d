// Partners as a list: filters, search as you type, tags. Each way in has its index (migration 0015), and
// every condition on it is an operator that may be used behind a wall.
#include "base/search.hpp"

#include "partners/partners.hpp"

namespace tandem::partners {

namespace {

const db::Query<db::Nothing(PartnerId)> kForgetWords{"partners.delete_words", R"sql(
  delete from app.partner_words as w where w.organization_id = $1 and w.partner_id = $2
)sql"};

// Whole words between spaces (an e-mail, a slug) and the parts of them.
const db::Query<db::Nothing(std::vector<PartnerId>)> kInsertWords{"partners.insert_words", R"sql(
  insert into app.partner_words (organization_id, partner_id, word)
  select $1, p.id, left(w.word, 64)
  from (
    select id, lower(concat_ws(' ', name, legal_name, slug, contact_name, contact_email, external_id)) as text
    from app.partners
    where organization_id = $1 and id = any ($2)) p
  cross join lateral (
    select s.word from regexp_split_to_table(p.text, '\s+') as s(word)
    union
    select s.word from regexp_split_to_table(p.text, '[^[:alnum:]]+') as s(word)) w
  where w.word <> ''
  on conflict do nothing
)sql"};

const db::ListQuery<Partner(std::optional<PartnerState>, std::optional<PartnerKind>, std::optional<Country>,
                            std::optional<Text<1, 120>>)>
    kListPartners{"partners.list_partners",
                  R"sql(
  select p.id, p.kind, p.slug, p.name, p.legal_name, p.tax_id, p.registration_number, p.contact_name,
         p.contact_email, p.contact_phone, p.website, p.address, p.country, p.currency, p.locale, p.time_zone,
         p.settings, p.external_id, p.metadata, p.status as state, p.state_reason, p.state_changed_at,
         p.created_at, p.updated_at
  from app.partners p
  where p.organization_id = $1
    and ($2::text is null or p.status = $2)
    and ($3::text is null or p.kind = $3)
    and ($4::text is null or p.country = $4)
    and ($5::text is null or p.external_id = $5)
)sql",
                  "p.id",
                  {{"created_at", "p.created_at", "timestamptz"},
                   {"name", "p.name", "text"},
                   {"updated_at", "p.updated_at", "timestamptz"}}};

// The same of those found by a tag ($6) or the beginning of a word ($7), with the beginnings of further
// words.
const db::ListQuery<Partner(std::optional<PartnerState>, std::optional<PartnerKind>, std::optional<Country>,
                            std::optional<Text<1, 120>>, std::optional<Text<1, 40>>,
                            std::optional<std::string>, std::vector<std::string>)>
    kSearchPartners{"partners.search_partners",
                    R"sql(
  select p.id, p.kind, p.slug, p.name, p.legal_name, p.tax_id, p.registration_number, p.contact_name,
         p.contact_email, p.contact_phone, p.website, p.address, p.country, p.currency, p.locale, p.time_zone,
         p.settings, p.external_id, p.metadata, p.status as state, p.state_reason, p.state_changed_at,
         p.created_at, p.updated_at
  from (
    select t.partner_id from app.partner_tags t where t.organization_id = $1 and t.tag = $6
    union
    select w.partner_id from app.partner_words w
    where w.organization_id = $1 and w.word >= lower($7) and w.word < lower($7) || chr(1114111)) f
  join app.partners p on p.organization_id = $1 and p.id = f.partner_id
  where p.organization_id = $1
    and ($2::text is null or p.status = $2)
    and ($3::text is null or p.kind = $3)
    and ($4::text is null or p.country = $4)
    and ($5::text is null or p.external_id = $5)
    and not exists (
      select 1 from unnest($8::text[]) as u(prefix)
      where not exists (
        select 1 from app.partner_words w
        where w.organization_id = $1 and w.partner_id = p.id and w.word >= lower(u.prefix)
          and w.word < lower(u.prefix) || chr(1114111)))
)sql",
                    "p.id",
                    {{"created_at", "p.created_at", "timestamptz"},
                     {"name", "p.name", "text"},
                     {"updated_at", "p.updated_at", "timestamptz"}}};

}  // namespace

void index_new(db::Tx& tx, const std::vector<PartnerId>& ids) { tx.later(kInsertWords, ids); }

void index_again(db::Tx& tx, PartnerId id) {
  tx.later(kForgetWords, id);
  index_new(tx, {id});
}

Task<Page<Partner>> list_partners(db::Tx& tx, ListPartners query) {
  const auto sort = query.sort ? query.sort->str() : "";
  const auto limit = query.limit.value_or(PageLimit{});
  SearchPrefixes words(query.q ? query.q->str() : "");
  if (!query.tag && !words.longest)
    co_return co_await tx.page(kListPartners, sort, query.cursor, limit, query.state, query.kind,
                               query.country, query.external_id);
  if (query.tag && words.longest) {  // few have the tag: of those, who has all the words
    words.others.push_back(*words.longest);
    words.longest.reset();
  }
  co_return co_await tx.page(kSearchPartners, sort, query.cursor, limit, query.state, query.kind,
                             query.country, query.external_id, query.tag, words.longest, words.others);
}

}  // namespace tandem::partners
