// Links: trackable codes of a partner. A partner makes and changes its own, staff those of any partner.
#pragma once
#include "attribution/ids.hpp"
#include "base/page.hpp"
#include "http/routes.hpp"
#include "jobs/job.hpp"

namespace tandem::attribution {

inline constexpr ProblemKind kCodeTaken{409, "code_taken", "This code is in use"};

/// paused: it leads where it led, and what comes by it does not count.
enum class LinkState : int { active, paused, archived };
BOOST_DESCRIBE_ENUM(LinkState, active, paused, archived)

struct CreateLink {
  std::optional<Code> code;  // unique over all organizations without regard to case; made up unless told
  Url destination;           // where /r/{code} leads
  std::optional<Text<1, 120>> label;
};
BOOST_DESCRIBE_STRUCT(CreateLink, (), (code, destination, label))

struct Link {
  LinkId id;
  PartnerId partner_id;
  Code code;
  Url destination;
  std::optional<std::string> label;
  LinkState state{};
  std::optional<std::string> state_reason;  // why it is paused
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(Link, (),
                      (id, partner_id, code, destination, label, state, state_reason, created_at, updated_at))

/// What is absent stays as it is; null clears the label.
struct UpdateLink {
  std::optional<Url> destination;
  Patch<Text<1, 120>> label;
  std::optional<LinkState> state;  // an archived link leads nowhere and attributes nothing new; not paused
};
BOOST_DESCRIBE_STRUCT(UpdateLink, (), (destination, label, state))

struct PauseLink {
  Text<1, 500> reason;  // the partner reads it
};
BOOST_DESCRIBE_STRUCT(PauseLink, (), (reason))

struct ListLinks {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<PartnerId> partner_id;
  std::optional<LinkState> state;
  std::optional<Code> code;
};
BOOST_DESCRIBE_STRUCT(ListLinks, (), (cursor, limit, sort, partner_id, state, code))

Task<Link> create_link(db::Tx& tx, PartnerId partner_id, CreateLink request);
/// Pauses links by their ids, for a reason.
jobs::Kind pause_links_job();
void declare_links(http::Routes& routes);

}  // namespace tandem::attribution
