// Content types: what a request carries and what its sender accepts (RFC 9110, sections 8.3 and 12.5.1). Pure
// functions, used by dispatch and static_files.
#pragma once
#include <string_view>

namespace tandem::http {

/// True for `type` itself, with no parameter but charset=utf-8.
bool is_content_type(std::string_view header, std::string_view type);

/// The weight, in thousandths, that an Accept header gives a media type by its most specific range:
/// "text/*;q=0.5" gives text/csv 500; an empty header gives 1000; 0 = not acceptable.
int accept_weight(std::string_view header, std::string_view type);

/// The same for Accept-Encoding: a coding that is not named (nor "*") weighs 0, identity 1.
int coding_weight(std::string_view header, std::string_view coding);

}  // namespace tandem::http
