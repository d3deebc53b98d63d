#include "app/audit_anchors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <system_error>

#include "base/json.hpp"

namespace tandem::app {
namespace {

struct Line {
  Timestamp at;
  OrganizationId organization_id;
  std::int64_t seq = 0;
  std::string hash;
};
BOOST_DESCRIBE_STRUCT(Line, (), (at, organization_id, seq, hash))

[[noreturn]] void fail(const std::filesystem::path& file) {
  throw std::system_error(errno, std::generic_category(), file.string());
}

void append(const std::filesystem::path& file, const std::string& text) {
  const int out = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (out < 0) fail(file);
  const bool is_whole =
      ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(out) == 0;
  const int reason = errno;
  ::close(out);
  errno = reason;
  if (!is_whole) fail(file);
}

}  // namespace

AuditAnchors::AuditAnchors(const std::filesystem::path& data) : file_(data / "audit-anchors.jsonl") {
  std::ifstream in(file_);
  for (std::string text; std::getline(in, text);) {
    try {
      const auto line = json::parse<Line>(text);
      latest_[line.organization_id] = {line.organization_id, line.seq, line.hash};
    } catch (const Problem&) {
      continue;
    }
  }
}

void AuditAnchors::add(const std::vector<identity::AuditAnchor>& heads) {
  std::string text;
  for (const auto& head : heads) {
    const auto known = latest_.find(head.organization_id);
    if (known != latest_.end() && known->second.seq >= head.seq) continue;
    text += json::print(Line{Clock::now(), head.organization_id, head.seq, head.hash}) + "\n";
  }
  if (text.empty()) return;
  append(file_, text);
  for (const auto& head : heads)
    if (auto& known = latest_[head.organization_id]; head.seq > known.seq) known = head;
}

std::optional<identity::AuditAnchor> AuditAnchors::of(OrganizationId organization_id) const {
  const auto found = latest_.find(organization_id);
  return found == latest_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace tandem::app
