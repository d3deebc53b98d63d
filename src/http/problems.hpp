// Refusals of the HTTP layer itself: framing, limits, idempotency. Used by server, dispatch and openapi;
// features have their own kinds beside their code.
#pragma once
#include <span>

#include "base/problem.hpp"

namespace tandem::http {

inline constexpr ProblemKind kTimeout{408, "timeout", "The request did not arrive in time"};
inline constexpr ProblemKind kTargetTooLong{414, "target_too_long", "The request target is too long"};
inline constexpr ProblemKind kExpectationFailed{417, "expectation_failed", "This expectation cannot be met"};
inline constexpr ProblemKind kMisdirected{421, "misdirected_request", "This server does not serve that host"};
inline constexpr ProblemKind kHeadTooLarge{431, "header_too_large", "The request header is too large"};
inline constexpr ProblemKind kNotImplemented{501, "not_implemented", "This method is not known"};

inline constexpr ProblemKind kKeyMissing{400, "idempotency_key_missing",
                                         "An Idempotency-Key header is needed"};
inline constexpr ProblemKind kKeyMalformed{400, "idempotency_key_malformed",
                                           "The Idempotency-Key header is malformed"};
inline constexpr ProblemKind kKeyInProgress{409, "in_progress",
                                            "A request with this Idempotency-Key is running"};
inline constexpr ProblemKind kKeyReused{422, "key_reused",
                                        "This Idempotency-Key was used for a different request"};

// Of the authenticate hook, which stands before every route that is not open.
inline constexpr ProblemKind kOrganizationSuspended{403, "organization_suspended",
                                                    "The organization is suspended: reading only"};
inline constexpr ProblemKind kCsrf{
    403, "csrf", "This call of a browser's session lacks its X-CSRF-Token or comes from elsewhere"};
inline constexpr ProblemKind kSecondFactorRequired{
    403, "second_factor_required", "The organization asks its staff for a second factor: set one up first"};
inline constexpr ProblemKind kReauth{403, "reauth", "Confirm first that it is you"};
inline constexpr ProblemKind kMembershipRequired{422, "membership_required",
                                                 "Name the membership under which you act by X-Membership"};
inline constexpr ProblemKind kOriginNotAllowed{403, "origin_not_allowed",
                                               "The site key does not admit this origin"};

// Of the admit hook: a partner's own actors.
inline constexpr ProblemKind kPartnerSuspended{403, "partner_suspended",
                                               "The partner is suspended: reading only"};

// Of routes that edit (.versioned).
inline constexpr ProblemKind kVersionMissing{428, "precondition_required",
                                             "An If-Match header with the ETag that was read is needed"};
inline constexpr ProblemKind kVersionStale{412, "precondition_failed",
                                           "Somebody changed this since it was read"};

/// Kinds that any route may answer without declaring them: those of base/problem.hpp (but kConflict, which a
/// route must declare) and those above.
std::span<const ProblemKind* const> common_problems();

}  // namespace tandem::http
