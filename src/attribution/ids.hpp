// Identifiers of the attribution module.
#pragma once
#include "base/ids.hpp"

namespace tandem::attribution {

using LinkId = Id<struct LinkTag>;
using CouponId = Id<struct CouponTag>;
using VisitId = Id<struct VisitTag>;
using LeadId = Id<struct LeadTag>;
using ConversionId = Id<struct ConversionTag>;
using ReversalId = Id<struct ReversalTag>;
using EndpointId = Id<struct InboundEndpointTag>;
using InboundEventId = Id<struct InboundEventTag>;

}  // namespace tandem::attribution
