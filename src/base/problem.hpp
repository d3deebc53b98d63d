// A Problem is a refusal that the client is meant to read: RFC 9457, application/problem+json.
// Rules and features throw it; http/dispatch is the only place that catches it.
#pragma once
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// One entry of the catalogue of refusals. Declared `inline constexpr` beside the code that refuses.
struct ProblemKind {
  int status;              // HTTP status
  std::string_view code;   // stable, snake_case, part of the API's contract
  std::string_view title;  // one sentence for people, the same for every occurrence
};

/// One mistake in the input: where (JSON Pointer into the body, "?name" for a query parameter, "header:Name"
/// for a header), which (stable word), and what was expected.
struct FieldError {
  std::string pointer;
  std::string code;  // required, unknown_field, wrong_type, out_of_range, malformed, duplicate
  std::string detail;
};

class Problem : public std::exception {
 public:
  explicit Problem(const ProblemKind& kind, std::string detail = {}, std::vector<FieldError> errors = {})
      : kind_(&kind), detail_(std::move(detail)), errors_(std::move(errors)) {}
  const ProblemKind& kind() const { return *kind_; }
  const std::string& detail() const { return detail_; }
  const std::vector<FieldError>& errors() const { return errors_; }
  /// Seconds for a Retry-After header; 0 = none.
  int retry_after_seconds() const { return retry_after_seconds_; }
  Problem retry_after(int seconds) && {
    retry_after_seconds_ = seconds;
    return std::move(*this);
  }
  const char* what() const noexcept override { return kind_->code.data(); }

 private:
  const ProblemKind* kind_;
  std::string detail_;
  std::vector<FieldError> errors_;
  int retry_after_seconds_ = 0;
};

// What any route may answer; the rest stands beside the code that refuses.
inline constexpr ProblemKind kBadRequest{400, "bad_request", "The request is malformed"};
inline constexpr ProblemKind kBadJson{400, "bad_json", "The body is not valid JSON"};
inline constexpr ProblemKind kUnauthenticated{401, "unauthenticated", "Valid credentials are needed"};
inline constexpr ProblemKind kForbidden{403, "forbidden", "These credentials do not permit this"};
inline constexpr ProblemKind kNotFound{404, "not_found", "There is no such resource"};
inline constexpr ProblemKind kMethodNotAllowed{405, "method_not_allowed",
                                               "The resource does not have this method"};
inline constexpr ProblemKind kNotAcceptable{406, "not_acceptable", "No acceptable representation"};
inline constexpr ProblemKind kConflict{409, "conflict", "The request conflicts with what is there"};
inline constexpr ProblemKind kState{409, "state", "The state of the resource does not allow this"};
inline constexpr ProblemKind kTooLarge{413, "too_large", "The body is too large"};
inline constexpr ProblemKind kUnsupportedMediaType{415, "unsupported_media_type",
                                                   "This content type is not taken"};
inline constexpr ProblemKind kInvalid{422, "invalid", "The request has invalid fields"};
inline constexpr ProblemKind kTooManyRequests{429, "too_many_requests", "Too many requests"};
inline constexpr ProblemKind kInternal{500, "internal", "Something broke on our side"};
inline constexpr ProblemKind kUnavailable{503, "unavailable", "The server is busy or a dependency is away"};

/// A Problem about one field; `pointer` as in FieldError.
inline Problem invalid_field(std::string pointer, std::string code, std::string detail) {
  return Problem(kInvalid, {}, {{std::move(pointer), std::move(code), std::move(detail)}});
}

}  // namespace tandem
