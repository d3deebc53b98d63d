// Leads: a contact with an intent. A lead is created once per contact; its attribution is decided at once by
// rules.hpp and frozen on it with the trace. Batch-shaped: the browser's leads are collected, a server's is a
// batch of one.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "attribution/api.hpp"
#include "attribution/ids.hpp"
#include "base/page.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "db/tx.hpp"
#include "http/routes.hpp"

namespace tandem::attribution {

enum class LeadState : int { new_, contacted, qualified, converted, lost };
BOOST_DESCRIBE_ENUM(LeadState, new_, contacted, qualified, converted, lost)
struct CreateLead {
  std::optional<Email> email;  // this or the phone, or both
  std::optional<Phone> phone;
  std::optional<Text<1, 120>> name;
  std::optional<Text<1, 255>> external_id;  // what your billing system calls the customer
  std::optional<VisitorId> visitor_id;
  std::optional<Text<1, 128>> click_id;  // the signed click id that /r/{code} gave out
  std::optional<Code> coupon;
  std::optional<Code> partner_code;     // a link's code, where the caller knows who brought the lead
  std::optional<Text<0, 200>> trap;     // of a form's field that people do not see
  std::optional<std::int32_t> form_ms;  // how long the form was open, milliseconds
};
BOOST_DESCRIBE_STRUCT(CreateLead, (),
                      (email, phone, name, external_id, visitor_id, click_id, coupon, partner_code, trap,
                       form_ms))

struct LeadCreated {
  std::optional<LeadId> lead_id;  // null: a program filled the form, and there is no lead
  bool duplicate = false;  // true: this contact was a lead already; nothing was changed, nothing is paid
};
BOOST_DESCRIBE_STRUCT(LeadCreated, (), (lead_id, duplicate))

struct Lead {
  LeadId id;
  std::optional<std::string> email, phone;  // one of them may not be known; both null: erased
  std::optional<std::string> name;
  std::optional<PartnerId> partner_id;
  std::optional<LinkId> link_id;
  std::optional<CouponId> coupon_id;
  std::optional<std::string> external_id;
  LeadState state{};
  LeadSource source{};
  Timestamp occurred_at;
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(Lead, (),
                      (id, email, phone, name, partner_id, link_id, coupon_id, external_id, state, source,
                       occurred_at, created_at))
/// One lead with the trace of its attribution.
struct LeadDetail {
  LeadId id;
  std::optional<std::string> email, phone;  // one of them may not be known; both null: erased
  std::optional<std::string> name;
  std::optional<PartnerId> partner_id;
  std::optional<LinkId> link_id;
  std::optional<CouponId> coupon_id;
  std::optional<std::string> external_id;
  LeadState state{};
  LeadSource source{};
  JsonObject attribution;
  Timestamp occurred_at;
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(LeadDetail, (),
                      (id, email, phone, name, partner_id, link_id, coupon_id, external_id, state, source,
                       attribution, occurred_at, created_at))

struct ListLeads {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<PartnerId> partner_id;
  std::optional<LeadState> state;
  std::optional<Timestamp> from, to;  // occurred_at, half-open
};
BOOST_DESCRIBE_STRUCT(ListLeads, (), (cursor, limit, sort, partner_id, state, from, to))

void declare_leads(http::Routes& routes);

}  // namespace tandem::attribution
