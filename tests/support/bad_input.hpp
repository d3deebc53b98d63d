// Tables of requests that must be refused, and small looks into answers.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/test_app.hpp"

namespace tandem::test {

struct BadInput {
  http::Method method;
  std::string target;
  std::string body;
  int status;
  std::string code;          // of the problem
  std::string pointer = {};  // a field that must be named
  std::string mistake = {};  // the word for it
};

/// Sends each and expects its refusal.
inline void expect_refused(TestApp& app, const std::vector<BadInput>& table) {
  for (const BadInput& bad : table) {
    SCOPED_TRACE(std::string(http::method_name(bad.method)) + " " + bad.target + " " + bad.body);
    const Answer answer = app.send(bad.method, bad.target, bad.body);
    EXPECT_EQ(answer.status, bad.status) << answer.body;
    EXPECT_EQ(answer.code(), bad.code) << answer.body;
    if (!bad.pointer.empty()) EXPECT_TRUE(answer.names(bad.pointer, bad.mistake)) << answer.body;
  }
}

/// The first text member of this name; empty when there is none.
inline std::string member(std::string_view json, std::string_view name) {
  const std::string wanted = fmt::format(R"("{}":")", name);
  const auto at = json.find(wanted);
  if (at == std::string_view::npos) return {};
  const auto begin = at + wanted.size();
  return std::string(json.substr(begin, json.find('"', begin) - begin));
}

/// How many items a list shows.
inline int items(std::string_view json) {
  int count = 0;
  for (auto at = json.find(R"({"id":")"); at != std::string_view::npos; at = json.find(R"({"id":")", at + 1))
    ++count;
  return count;
}

/// The refusal without what is its own in every answer, to compare two of them.
inline std::string without_request_id(const Answer& answer) {
  std::string body = answer.body;
  const std::string id = member(body, "request_id");
  if (const auto at = body.find(id); !id.empty() && at != std::string::npos) body.erase(at, id.size());
  return body;
}

}  // namespace tandem::test
