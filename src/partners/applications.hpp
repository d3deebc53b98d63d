// Applications: the public form by which partners apply to an organization. What comes in is stored and
// answered alike, whoever asks; a job makes a partner of it and lets in whom the organization's rule lets in.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "jobs/job.hpp"
#include "partners/partners.hpp"

namespace tandem::partners {

enum class QuestionKind : int { text, yes_no, choice };
BOOST_DESCRIBE_ENUM(QuestionKind, text, yes_no, choice)

struct Question {
  Code key;
  Text<1, 300> label;
  QuestionKind kind{};
  bool is_required = false;
  std::optional<std::vector<Text<1, 120>>> options;  // of a choice, 2 to 50
};
BOOST_DESCRIBE_STRUCT(Question, (), (key, label, kind, is_required, options))

enum class ApprovalField : int { country, kind, email_domain, website_domain };
BOOST_DESCRIBE_ENUM(ApprovalField, country, kind, email_domain, website_domain)
enum class ApprovalOperator : int { in, not_in, is_given };
BOOST_DESCRIBE_ENUM(ApprovalOperator, in, not_in, is_given)

/// `values` are compared without regard to case. A field that was left empty is in no list: `in` and
/// `is_given` fail, `not_in` holds.
struct ApprovalCondition {
  ApprovalField field{};
  ApprovalOperator op{};
  std::optional<std::vector<Text<1, 120>>> values;  // 1 to 300; none with is_given
};
BOOST_DESCRIBE_STRUCT(ApprovalCondition, (), (field, op, values))

struct WriteApplicationForm {
  bool is_open = false;
  std::optional<Lines<4000>> introduction, criteria;
  std::optional<std::vector<Question>> questions;               // at most 30
  std::optional<std::vector<ApprovalCondition>> approves_when;  // all must hold; null: a person decides
};
BOOST_DESCRIBE_STRUCT(WriteApplicationForm, (), (is_open, introduction, criteria, questions, approves_when))

struct Answer {
  Code key;
  Lines<4000> value;
};
BOOST_DESCRIBE_STRUCT(Answer, (), (key, value))

/// What an applicant sends. `fax` is a field that people do not see: what fills it is no person.
struct Apply {
  Text<1, 64> token;  // of the form
  Text<1, 200> name;
  Text<1, 200> contact_name;
  Email contact_email;
  std::optional<PartnerKind> kind;
  std::optional<Text<1, 200>> legal_name;
  std::optional<Text<1, 100>> tax_id, registration_number;
  std::optional<Phone> contact_phone;
  std::optional<Url> website;
  std::optional<Address> address;
  std::optional<Country> country;
  std::optional<Currency> currency;
  std::optional<Locale> locale;
  std::optional<std::vector<Answer>> answers;
  std::optional<Slug> sponsor;  // the partner whose invitation it follows; an unknown one is passed over
  std::optional<Text<0, 200>> fax;
};
BOOST_DESCRIBE_STRUCT(Apply, (),
                      (token, name, contact_name, contact_email, kind, legal_name, tax_id,
                       registration_number, contact_phone, website, address, country, currency, locale,
                       answers, sponsor, fax))

enum class ApplicationState : int { received, taken, duplicate };
BOOST_DESCRIBE_ENUM(ApplicationState, received, taken, duplicate)

/// Whether the rule lets this applicant in by itself. Pure.
bool is_let_in(const std::vector<ApprovalCondition>& rule, const Apply& applicant);
/// Every mistake of a form, and of the answers to its questions, with pointers. Pure.
std::vector<FieldError> check_form(const WriteApplicationForm& form);
std::vector<FieldError> check_answers(const std::vector<Question>& questions,
                                      const std::vector<Answer>& answers);

jobs::Kind take_applications_job();
void declare_applications(http::Routes& routes);

}  // namespace tandem::partners
