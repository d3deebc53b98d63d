// Invitations: to join the staff or a partner's team, mailed as a link that works once within seven days. The
// link alone proves that its holder reads the address, so nobody but the mail ever shows it.
#pragma once
#include "identity/members.hpp"
#include "identity/users.hpp"

namespace tandem::identity {

/// "<organization>.<secret>", both base64url: names the organization before any is known. Any other text is
/// the token of no invitation.
class InvitationToken : public TextBase<InvitationToken> {
 public:
  static constexpr std::string_view kFormat = "invitation-token";
  static std::optional<InvitationToken> parse(std::string_view text);
  static InvitationToken make(OrganizationId organization);
  OrganizationId organization() const { return organization_; }
  /// SHA-256 of the text, 32 bytes.
  std::string hash() const;

 private:
  OrganizationId organization_;
};

enum class InvitationState : int { open, accepted, revoked };
BOOST_DESCRIBE_ENUM(InvitationState, open, accepted, revoked)

struct Invitation {
  InvitationId id;
  Email email;
  MemberRole role{};
  std::optional<PartnerId> partner_id;
  InvitationState state{};
  Timestamp expires_at, created_at;
};
BOOST_DESCRIBE_STRUCT(Invitation, (), (id, email, role, partner_id, state, expires_at, created_at))

struct NewInvitation {
  Email email;
  MemberRole role{};
  Language locale = Language::en;       // of the mail
  std::optional<PartnerId> partner_id;  // to that partner's team instead of the staff
};
/// Writes an invitation and its mail; an open one of the same address is revoked. Who may give the role was
/// asked before. Throws Problem kMemberAlready.
Task<Invitation> invite(db::Tx& tx, NewInvitation invitation);

inline constexpr ProblemKind kMemberAlready{409, "member_already",
                                            "This address belongs to a member already"};

/// Whom an open invitation is for. Throws Problem kNotFound when there is none (any more).
struct Invited {
  Email email;
  Language locale{};
};
Task<Invited> invited_by(db::Pool& pool, InvitationToken token);
/// Makes a user a member by an open invitation, which is used up. Throws Problem kNotFound, kMemberAlready.
Task<> join(db::Pool& pool, InvitationToken token, Credentials who);

void declare_invitations(http::Routes& routes);

}  // namespace tandem::identity
