// Identifiers of the partners module. PartnerId is in base, because scopes carry it.
#pragma once
#include "base/ids.hpp"

namespace tandem::partners {

using DealId = Id<struct DealTag>;
using DealVersionId = Id<struct DealVersionTag>;
using TermId = Id<struct TermTag>;
using DealTemplateId = Id<struct DealTemplateTag>;
using PartnerApplicationId = Id<struct PartnerApplicationTag>;
using PartnerDocumentId = Id<struct PartnerDocumentTag>;
using PartnerNoteId = Id<struct PartnerNoteTag>;

}  // namespace tandem::partners
