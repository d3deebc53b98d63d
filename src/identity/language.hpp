// The language of a person or an organization.
#pragma once
#include "base/language.hpp"

namespace tandem::identity {

using tandem::Language;

}  // namespace tandem::identity
