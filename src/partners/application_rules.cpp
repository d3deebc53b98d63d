// Decisions about applications that need no database.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "partners/applications.hpp"

namespace tandem::partners {

namespace {

constexpr std::size_t kQuestionsMax = 30, kOptionsMax = 50, kConditionsMax = 20, kValuesMax = 300;

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// "https://WWW.Shop.example:8443/x" → "shop.example".
std::string domain_of(const Url& url) {
  std::string_view text = url.str();
  text.remove_prefix(text.find("://") + 3);
  std::string out = lowered(text.substr(0, text.find_first_of("/?#:")));
  if (out.starts_with("www.")) out.erase(0, 4);
  return out;
}

std::string value_of(ApprovalField field, const Apply& applicant) {
  switch (field) {
    case ApprovalField::country: return applicant.country ? lowered(applicant.country->str()) : "";
    case ApprovalField::kind:
      return std::string(json::enum_name(applicant.kind.value_or(PartnerKind::affiliate)));
    case ApprovalField::email_domain: {
      const std::string email = applicant.contact_email.normalised();
      return email.substr(email.find('@') + 1);
    }
    case ApprovalField::website_domain: return applicant.website ? domain_of(*applicant.website) : "";
  }
  return {};
}

bool holds(const ApprovalCondition& condition, const Apply& applicant) {
  const std::string value = value_of(condition.field, applicant);
  const auto is_it = [&](const auto& listed) { return lowered(listed.str()) == value; };
  const bool is_listed = condition.values && std::ranges::any_of(*condition.values, is_it);
  switch (condition.op) {
    case ApprovalOperator::in: return !value.empty() && is_listed;
    case ApprovalOperator::not_in: return value.empty() || !is_listed;
    case ApprovalOperator::is_given: return !value.empty();
  }
  return false;
}

void check_question(const Question& question, const std::string& at, std::vector<FieldError>& errors) {
  const std::size_t options = question.options ? question.options->size() : 0;
  if (question.kind == QuestionKind::choice && (options < 2 || options > kOptionsMax))
    errors.push_back({at + "/options", "out_of_range", fmt::format("2 to {} options", kOptionsMax)});
  if (question.kind != QuestionKind::choice && options > 0)
    errors.push_back({at + "/options", "out_of_range", "only of a choice"});
}

void check_condition(const ApprovalCondition& condition, const std::string& at,
                     std::vector<FieldError>& errors) {
  const std::size_t values = condition.values ? condition.values->size() : 0;
  const bool takes_values = condition.op != ApprovalOperator::is_given;
  if (takes_values && (values < 1 || values > kValuesMax))
    errors.push_back({at + "/values", "out_of_range", fmt::format("1 to {} values", kValuesMax)});
  if (!takes_values && values > 0) errors.push_back({at + "/values", "out_of_range", "none with is_given"});
}

/// Empty when the answer fits its question.
std::string_view defect_of(const Question& question, const std::string& value) {
  if (question.kind == QuestionKind::yes_no && value != "yes" && value != "no") return "yes or no";
  if (question.kind != QuestionKind::choice) return {};
  const auto is_it = [&](const auto& option) { return option.str() == value; };
  return std::ranges::any_of(*question.options, is_it) ? "" : "one of the options";
}

}  // namespace

bool is_let_in(const std::vector<ApprovalCondition>& rule, const Apply& applicant) {
  return std::ranges::all_of(rule, [&](const auto& condition) { return holds(condition, applicant); });
}

std::vector<FieldError> check_form(const WriteApplicationForm& form) {
  std::vector<FieldError> errors;
  const auto questions = form.questions.value_or(std::vector<Question>{});
  const auto rule = form.approves_when.value_or(std::vector<ApprovalCondition>{});
  if (questions.size() > kQuestionsMax)
    return {{"/questions", "out_of_range", fmt::format("at most {} questions", kQuestionsMax)}};
  if (rule.size() > kConditionsMax)
    return {{"/approves_when", "out_of_range", fmt::format("at most {} conditions", kConditionsMax)}};
  std::set<std::string> keys;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::string at = fmt::format("/questions/{}", i);
    if (!keys.insert(questions[i].key.str()).second)
      errors.push_back({at + "/key", "duplicate", "another question has this key"});
    check_question(questions[i], at, errors);
  }
  for (std::size_t i = 0; i < rule.size(); ++i)
    check_condition(rule[i], fmt::format("/approves_when/{}", i), errors);
  return errors;
}

std::vector<FieldError> check_answers(const std::vector<Question>& questions,
                                      const std::vector<Answer>& answers) {
  std::vector<FieldError> errors;
  std::set<std::string> answered;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::string at = fmt::format("/answers/{}", i);
    const auto question = std::ranges::find(questions, answers[i].key, &Question::key);
    if (question == questions.end())
      errors.push_back({at + "/key", "out_of_range", "there is no such question"});
    else if (const auto defect = defect_of(*question, answers[i].value.str()); !defect.empty())
      errors.push_back({at + "/value", "out_of_range", std::string(defect)});
    if (!answered.insert(answers[i].key.str()).second)
      errors.push_back({at + "/key", "duplicate", "this question is answered twice"});
  }
  for (const auto& question : questions)
    if (question.is_required && !answered.contains(question.key.str()))
      errors.push_back({"/answers", "required", fmt::format("an answer to {}", question.key.str())});
  return errors;
}

}  // namespace tandem::partners
