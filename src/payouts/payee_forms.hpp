// Payee forms: what a partner declares about who it is, for tax and know-your-customer checks. The latest
// form counts; a person who did not send it approves or rejects it. Payouts wait for an approved one where
// the organization has set so.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "payouts/ids.hpp"

namespace tandem::payouts {

enum class PayeeKind : int { individual, business };
BOOST_DESCRIBE_ENUM(PayeeKind, individual, business)
/// IRS forms W-9, W-8BEN and W-8BEN-E, or what a partner's own country asks.
enum class TaxForm : int { w9, w8ben, w8bene, local };
BOOST_DESCRIBE_ENUM(TaxForm, w9, w8ben, w8bene, local)
enum class FormState : int { pending, approved, rejected, expired };
BOOST_DESCRIBE_ENUM(FormState, pending, approved, rejected, expired)

struct CreatePayeeForm {
  PayeeKind kind{};
  Text<1, 200> legal_name;
  Country country;  // of residence or registration
  std::optional<Lines<500>> address;
  std::optional<Day> born_or_registered_on;
  TaxForm tax_form{};
  std::optional<Text<4, 40>> tax_id;  // SSN, EIN, foreign TIN, STIR, PINFL, NPWP
  std::optional<JsonObject> details;  // the form's other fields: classification, treaty, owners …
};
BOOST_DESCRIBE_STRUCT(CreatePayeeForm, (),
                      (kind, legal_name, country, address, born_or_registered_on, tax_form, tax_id, details))

struct PayeeForm {
  PayeeFormId id;
  PartnerId partner_id;
  PayeeKind kind{};
  std::string legal_name;
  Country country;
  std::optional<std::string> address;
  std::optional<Day> born_or_registered_on;
  TaxForm tax_form{};
  std::optional<std::string> tax_id_hint;  // its last four
  JsonObject details;
  FormState state{};
  std::optional<std::string> state_reason;  // of a rejection
  std::optional<Day> expires_on;            // the last day of its being approved
  Timestamp submitted_at;
  std::optional<Timestamp> decided_at;
};
BOOST_DESCRIBE_STRUCT(PayeeForm, (),
                      (id, partner_id, kind, legal_name, country, address, born_or_registered_on, tax_form,
                       tax_id_hint, details, state, state_reason, expires_on, submitted_at, decided_at))

struct ListPayeeForms {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<PartnerId> partner_id;
  std::optional<FormState> state;
};
BOOST_DESCRIBE_STRUCT(ListPayeeForms, (), (cursor, limit, partner_id, state))

inline constexpr ProblemKind kSamePerson{403, "same_person", "Somebody else has to decide this"};

void declare_payee_forms(http::Routes& routes);

}  // namespace tandem::payouts
