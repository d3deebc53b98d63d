// The languages that Tandem speaks: English, Indonesian, Uzbek (Latin) and Russian.
#pragma once
#include <boost/describe.hpp>

namespace tandem {

enum class Language : int { en, id, uz, ru };
BOOST_DESCRIBE_ENUM(Language, en, id, uz, ru)

}  // namespace tandem
