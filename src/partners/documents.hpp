// Verification documents: what a partner proves itself by. It or staff send them; staff approve or reject; an
// approved one expires on its day. Nobody is served one but as a download.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "jobs/job.hpp"
#include "partners/ids.hpp"

namespace tandem::partners {

enum class DocumentKind : int { identity, registration, tax, bank, contract, other };
BOOST_DESCRIBE_ENUM(DocumentKind, identity, registration, tax, bank, contract, other)
enum class DocumentState : int { submitted, approved, rejected, expired };
BOOST_DESCRIBE_ENUM(DocumentState, submitted, approved, rejected, expired)

/// The query of an upload; the body is the file.
struct UploadDocument {
  DocumentKind kind{};
  Text<1, 200> name;  // the file's name, for people
};
BOOST_DESCRIBE_STRUCT(UploadDocument, (), (kind, name))

struct PartnerDocument {
  PartnerDocumentId id;
  PartnerId partner_id;
  DocumentKind kind{};
  std::string name, content_type;
  std::int32_t size = 0;  // bytes
  DocumentState state{};
  std::optional<std::string> state_reason;  // of a rejection
  std::optional<Day> expires_on;            // the last day of its being approved
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(PartnerDocument, (),
                      (id, partner_id, kind, name, content_type, size, state, state_reason, expires_on,
                       created_at, updated_at))

struct ListDocuments {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<PartnerId> partner_id;
  std::optional<DocumentState> state;
};
BOOST_DESCRIBE_STRUCT(ListDocuments, (), (cursor, limit, partner_id, state))

jobs::Kind expire_documents_job();
void declare_documents(http::Routes& routes);

}  // namespace tandem::partners
