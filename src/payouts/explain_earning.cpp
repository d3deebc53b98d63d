// The explanation of an earning, to its end: what the earnings know of it, and of one that is due or in a
// payout why it is not paid yet, what has to happen and when.
#include <algorithm>

#include "earnings/api.hpp"
#include "identity/api.hpp"
#include "payouts/exchanges.hpp"
#include "payouts/explain.hpp"
#include "payouts/explain_words.hpp"
#include "payouts/payee_forms.hpp"
#include "payouts/payouts.hpp"

namespace tandem::payouts {

namespace {

using earnings::EarningState;
using earnings::ExplainedEarning;
using earnings::Explanation;
using earnings::Given;

struct PayableRow {
  std::optional<Currency> payout_currency;  // of the method, if there is one
  std::optional<Timestamp> usable_at;
  bool is_account_ready = true;
  std::optional<FormState> form;
  std::int64_t due = 0;  // of the partner in the currency, minor units
};
BOOST_DESCRIBE_STRUCT(PayableRow, (), (payout_currency, usable_at, is_account_ready, form, due))
// The method and the form that a run would ask for.
const db::Query<PayableRow(PartnerId, Currency, Day)> kPayable{"payouts.payable_to_explain", R"sql(
  select m.currency as payout_currency, m.usable_at, coalesce(m.connected_state, 'ready') = 'ready' as is_account_ready,
    case when f.expires_on < $4 then 'expired' else f.state end as form,
    coalesce((select sum(e.amount) from app.earnings e
      where e.organization_id = $1 and e.partner_id = $2 and e.currency = $3 and e.state = 'due'
        and e.kind <> 'saving'), 0)::bigint as due
  from app.partners p
  left join lateral (
    select x.currency, x.usable_at, c.state as connected_state
    from app.payout_methods x
    left join app.connected_accounts c on c.organization_id = $1 and c.id = x.connected_account_id
    where x.organization_id = $1 and x.partner_id = p.id and x.state = 'active'
      and (x.currency = $3 or x.takes_others)
    order by x.currency = $3 desc
    limit 1) m on true
  left join lateral (
    select y.state, y.expires_on
    from app.payee_forms y
    where y.organization_id = $1 and y.partner_id = p.id
    order by y.submitted_at desc, y.id desc
    limit 1) f on true
  where p.organization_id = $1 and p.id = $2
)sql"};

/// Adds sentences to an explanation.
struct Teller {
  const earnings::Wording& by;
  Explanation& out;
  void not_payable(std::string_view key, const std::vector<Given>& given = {},
                   std::optional<Timestamp> at = {}) const {
    out.not_payable.push_back(say(by.language, key, given, at));
  }
  /// Before what is told already: it has to happen first.
  void first(std::string_view key, const std::vector<Given>& given = {},
             std::optional<Timestamp> at = {}) const {
    out.next.insert(out.next.begin(), say(by.language, key, given, at));
  }
};

void tell_form(const Teller& tell, std::optional<FormState> form) {
  if (form == FormState::approved) return;
  if (form == FormState::pending) {
    tell.not_payable("not_payable_form_pending");
    tell.first("next_form_decided");
  } else {
    tell.not_payable(form == FormState::expired ? "not_payable_form_expired" : "not_payable_form_missing");
    tell.first("next_form_sent");
  }
}

Task<> explain_due(db::Tx& tx, const ExplainedEarning& earning, const Teller& tell) {
  const Day today = day_in_zone(tx.now(), tell.by.zone);
  const Currency currency = earning.amount.currency;
  const auto row = co_await tx.one(kPayable, earning.partner_id, currency, today);
  if ((co_await identity::payout_settings(tx)).need_payee_form) tell_form(tell, row.form);
  if (!row.payout_currency) {
    tell.not_payable("not_payable_no_method", {{"currency", currency.str()}});
    tell.first("next_add_method");
    co_return;
  }
  if (const auto usable = row.usable_at.value(); usable > tx.now()) {
    const std::vector<Given> day{{"day", day_in_zone(usable, tell.by.zone)}};
    tell.not_payable("not_payable_cooling_down", day, usable);
    tell.first("next_method_usable", day, usable);
  }
  if (!row.is_account_ready) {
    tell.not_payable("not_payable_account_not_ready");
    tell.first("next_account_ready");
  }
  Exchanges exchanges(today);
  if (*row.payout_currency != currency && row.due > 0 &&
      !co_await exchanges.convert(tx, {row.due, currency}, *row.payout_currency)) {
    tell.not_payable("not_payable_no_rate",
                     {{"currency", currency.str()}, {"into", row.payout_currency->str()}});
    tell.first("next_rate");
  }
}

Task<> explain_in_payout(db::Tx& tx, PayoutId id, const Teller& tell) {
  using enum PayoutState;
  const auto payout = co_await get_payout(tx, id);
  switch (payout.state) {
    case draft: tell.not_payable("not_payable_draft"); break;
    case approved: tell.not_payable("not_payable_approved"); break;
    default: tell.not_payable("not_payable_on_its_way"); break;
  }
  co_await explain_next(tx, tell.by, payout, tell.out);
  tell.out.see.push_back({"payout", id.str()});
}

Task<Explanation> explain_earning(db::Tx& tx, earnings::EarningId id, earnings::GetExplanation query) {
  auto earning = co_await earnings::explain_earning(tx, id, std::move(query));
  Explanation& out = earning.explanation;
  const Teller tell{earning.by, out};
  if (earning.state == EarningState::due) co_await explain_due(tx, earning, tell);
  if (earning.state == EarningState::in_payout)
    co_await explain_in_payout(tx, earning.payout_id.value(), tell);
  if (earning.state == EarningState::paid && earning.payout_id)
    out.see.push_back({"payout", earning.payout_id->str()});
  co_return std::move(out);
}

}  // namespace

void declare_earning_explanation(http::Routes& routes) {
  routes.tag("Explanations");
  routes.get("/api/explain/earning/{earning_id}", explain_earning)
      .says("Explain an earning")
      .explains(
          "What was decided, from what, by which rule, and of one that is not paid every reason why, what has to happen and "
          "when: sentences with keys and parameters, in the organization's language or the one asked for. A partner's own "
          "alone.")
      .allow(http::Access::partner)
      .needs(http::Permission::earnings_read)
      .as(db::Role::read);
}

}  // namespace tandem::payouts
