// What partners and staff wrote about people: found for a person's export, and "[erased]" put in place of the
// e-mail, phone and name when the person is erased. Amounts, states and ids stay as they are.
#include "customers/api.hpp"
#include "earnings/module.hpp"

namespace tandem::earnings {

namespace {

const db::Query<db::PersonalRow(std::string)> kClaims{"earnings.claims_naming", R"sql(
  select jsonb_build_object('id', c.id, 'partner_id', c.partner_id, 'order_reference', c.order_reference, 'evidence',
    c.evidence, 'evidence_references', c.evidence_references, 'decision', c.decision, 'created_at', c.created_at)
    as data
  from app.claims c
  where c.organization_id = $1
    and concat_ws(' ', c.order_reference, c.evidence, array_to_string(c.evidence_references, ' '), c.decision)
      ~* $2
  order by c.id
  limit 1000
)sql"};
// What names the order stays different from every other claim's.
const db::Query<db::Nothing(std::string)> kBlankClaims{"earnings.blank_claims", R"sql(
  update app.claims as c
  set evidence = regexp_replace(c.evidence, $2, '[erased]', 'gi'),
      decision = regexp_replace(c.decision, $2, '[erased]', 'gi'),
      order_reference = case when c.order_reference ~* $2 then '[erased] ' || c.id else c.order_reference end,
      evidence_references = (
        select coalesce(array_agg(regexp_replace(u.line, $2, '[erased]', 'gi') order by u.n), '{}')
        from unnest(c.evidence_references) with ordinality as u(line, n))
  where c.organization_id = $1
    and concat_ws(' ', c.order_reference, c.evidence, array_to_string(c.evidence_references, ' '), c.decision)
      ~* $2
)sql"};

const db::Query<db::PersonalRow(std::string)> kSignals{"earnings.risk_signals_naming", R"sql(
  select jsonb_build_object('id', s.id, 'partner_id', s.partner_id, 'decision', s.decision, 'appeal', s.appeal,
    'appeal_decision', s.appeal_decision, 'created_at', s.created_at) as data
  from app.risk_signals s
  where s.organization_id = $1 and concat_ws(' ', s.decision, s.appeal, s.appeal_decision) ~* $2
  order by s.id
  limit 1000
)sql"};
const db::Query<db::Nothing(std::string)> kBlankSignals{"earnings.blank_risk_signals", R"sql(
  update app.risk_signals as s
  set decision = regexp_replace(s.decision, $2, '[erased]', 'gi'),
      appeal = regexp_replace(s.appeal, $2, '[erased]', 'gi'),
      appeal_decision = regexp_replace(s.appeal_decision, $2, '[erased]', 'gi')
  where s.organization_id = $1 and concat_ws(' ', s.decision, s.appeal, s.appeal_decision) ~* $2
)sql"};

const db::Query<db::PersonalRow(std::string)> kHolds{"earnings.holds_naming", R"sql(
  select jsonb_build_object('id', h.id, 'earning_id', h.earning_id, 'note', h.note, 'placed_at', h.placed_at) as data
  from app.earning_holds h
  where h.organization_id = $1 and h.note ~* $2
  order by h.id
  limit 1000
)sql"};
const db::Query<db::Nothing(std::string)> kBlankHolds{"earnings.blank_holds", R"sql(
  update app.earning_holds as h set note = regexp_replace(h.note, $2, '[erased]', 'gi')
  where h.organization_id = $1 and h.note ~* $2
)sql"};

}  // namespace

void register_personal_data() {
  customers::add_personal_text({"claim", &kClaims, &kBlankClaims});
  customers::add_personal_text({"risk_signal", &kSignals, &kBlankSignals});
  customers::add_personal_text({"earning_hold", &kHolds, &kBlankHolds});
}

}  // namespace tandem::earnings
