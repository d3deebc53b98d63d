// The bytes before an answer's body. Pure; used by the server.
#pragma once
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace tandem::http {

/// The status line and fields of an answer, into `out`. Line breaks in values become spaces. Cache-Control is
/// no-store unless the answer says otherwise.
void append_response_head(const Response& response, std::string_view request_id, std::string_view date,
                          bool keeps_alive, std::string& out);

}  // namespace tandem::http
