#include "partners/documents.hpp"

#include <fmt/format.h>

#include <array>

#include "crypto/installation.hpp"
#include "events/event.hpp"
#include "files/clean.hpp"
#include "http/file_answer.hpp"
#include "identity/api.hpp"
#include "partners/partners.hpp"

namespace tandem::partners {

namespace {

inline constexpr ProblemKind kTooManyFiles{429, "too_many_files",
                                           "A partner sends at most 20 files and 50 MiB in 24 hours"};
constexpr std::int64_t kFilesADay = 20, kBytesADay = 50 << 20;
constexpr std::string_view kExpireJob = "partners.expire_documents";

struct ApproveDocument {
  std::optional<Day> expires_on;
};
BOOST_DESCRIBE_STRUCT(ApproveDocument, (), (expires_on))

const db::Query<db::Nothing(PartnerDocumentId, PartnerId, DocumentKind, Text<1, 200>, std::string,
                            std::int32_t, db::Bytes, ActorId)>
    kInsertDocument{"partners.insert_document", R"sql(
  insert into app.partner_documents (organization_id, id, partner_id, kind, name, content_type, size, content,
    uploaded_by)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
)sql"};

const db::Query<PartnerDocument(PartnerDocumentId)> kDocument{"partners.document", R"sql(
  select d.id, d.partner_id, d.kind, d.name, d.content_type, d.size, d.state, d.state_reason, d.expires_on,
         d.created_at, d.updated_at
  from app.partner_documents d
  where d.organization_id = $1 and d.id = $2
)sql"};

const db::ListQuery<PartnerDocument(std::optional<PartnerId>, std::optional<DocumentState>)> kListDocuments{
    "partners.list_documents",
    R"sql(
  select d.id, d.partner_id, d.kind, d.name, d.content_type, d.size, d.state, d.state_reason, d.expires_on,
         d.created_at, d.updated_at
  from app.partner_documents d
  where d.organization_id = $1
    and ($2::uuid is null or d.partner_id = $2)
    and ($3::text is null or d.state = $3)
)sql",
    "d.id",
    {{"created_at", "d.created_at", "timestamptz"}}};

struct ContentRow {
  std::string content_type;
  db::Bytes content;
};
BOOST_DESCRIBE_STRUCT(ContentRow, (), (content_type, content))
const db::Query<ContentRow(PartnerDocumentId)> kContent{"partners.document_content", R"sql(
  select d.content_type, d.content from app.partner_documents d where d.organization_id = $1 and d.id = $2
)sql"};

// Uploads of one partner come one after the other, so that its quota is one number.
struct LockedRow {
  PartnerId id;
};
BOOST_DESCRIBE_STRUCT(LockedRow, (), (id))
const db::Query<LockedRow(PartnerId)> kLockPartner{"partners.lock_partner", R"sql(
  select p.id from app.partners p where p.organization_id = $1 and p.id = $2 for no key update
)sql"};

struct SentRow {
  std::int64_t files = 0, bytes = 0;
};
BOOST_DESCRIBE_STRUCT(SentRow, (), (files, bytes))
const db::Query<SentRow(PartnerId, Timestamp)> kSentSince{"partners.documents_sent_since", R"sql(
  select count(*) as files, coalesce(sum(d.size), 0)::int8 as bytes
  from app.partner_documents d
  where d.organization_id = $1 and d.partner_id = $2 and d.created_at > $3
)sql"};

const db::Query<db::Nothing(PartnerDocumentId, DocumentState, std::optional<Text<1, 500>>,
                            std::optional<Day>)>
    kJudgeDocument{"partners.judge_document", R"sql(
  update app.partner_documents as d set state = $3, state_reason = $4, expires_on = $5
  where d.organization_id = $1 and d.id = $2 and d.state = 'submitted'
)sql"};

const db::Query<PartnerDocument(std::vector<PartnerDocumentId>, Day)> kExpireDocuments{
    "partners.expire_documents", R"sql(
  update app.partner_documents as d set state = 'expired'
  where d.organization_id = $1 and d.id = any ($2) and d.state = 'approved' and d.expires_on < $3
  returning d.id, d.partner_id, d.kind, d.name, d.content_type, d.size, d.state, d.state_reason, d.expires_on,
            d.created_at, d.updated_at
)sql"};

void record(db::Tx& tx, const PartnerDocument& document) {
  events::OutboxRow row{fmt::format("partner_document.{}", json::enum_name(document.state)),
                        document.partner_id, document.id.uuid(), "{}"};
  events::record(tx, std::array{std::move(row)});
}

crypto::Place place_of(const db::Tx& tx, const std::string& id) {
  return {"partner_documents", "content", tx.scope().organization_id, id};
}

Task<PartnerDocument> get_document(db::Tx& tx, PartnerDocumentId id) {
  auto found = co_await tx.maybe(kDocument, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

Task<PartnerDocument> upload_document(db::Tx& tx, PartnerId partner_id, UploadDocument about,
                                      http::Bytes file) {
  // Nothing was sent to the database yet: no transaction waits while the image is decoded.
  const auto clean =
      co_await files::clean_elsewhere(std::move(file.value), std::move(file.content_type), about.name.str());
  if (!co_await tx.maybe(kLockPartner, partner_id)) throw Problem(kNotFound);
  const auto sent = co_await tx.one(kSentSince, partner_id, tx.now() - std::chrono::hours{24});
  const auto size = static_cast<std::int64_t>(clean.bytes.size());
  if (sent.files >= kFilesADay || sent.bytes + size > kBytesADay) throw Problem(kTooManyFiles);
  const auto id = tx.new_id<PartnerDocumentId>();
  const std::string row = id.str();
  const db::Bytes sealed{crypto::installed_envelope().seal(place_of(tx, row), clean.bytes)};
  tx.later(kInsertDocument, id, partner_id, about.kind, about.name, clean.content_type,
           static_cast<std::int32_t>(size), sealed, tx.scope().actor_id);
  PartnerDocument made = co_await get_document(tx, id);
  record(tx, made);
  co_return made;
}

Task<Page<PartnerDocument>> list_documents(db::Tx& tx, ListDocuments query) {
  const auto partner_id = query.partner_id ? query.partner_id : tx.scope().partner_id;
  co_return co_await tx.page(kListDocuments, "-created_at", query.cursor, query.limit.value_or(PageLimit{}),
                             partner_id, query.state);
}

Task<http::Response> download_document(db::Tx& tx, PartnerDocumentId id) {
  const auto row = co_await tx.maybe(kContent, id);
  if (!row) throw Problem(kNotFound);
  const std::string text = id.str();
  auto bytes = crypto::installed_envelope().open(place_of(tx, text), row->content.value);
  TANDEM_ASSERT(bytes, "the document {} does not open", text);
  const std::string_view extension = row->content_type == "application/pdf" ? "pdf"
                                     : row->content_type == "image/png"     ? "png"
                                                                            : "jpg";
  co_return http::file_answer(row->content_type, fmt::format("{}.{}", text, extension), *std::move(bytes));
}

Task<PartnerDocument> judge(db::Tx& tx, PartnerDocumentId id, DocumentState to,
                            std::optional<Text<1, 500>> reason, std::optional<Day> expires_on) {
  bool judged = false;
  tx.later_checked(
      kJudgeDocument, [&judged](const db::Result& result) { judged = result.affected() == 1; }, id, to,
      reason, expires_on);
  PartnerDocument document = co_await get_document(tx, id);
  if (!judged)
    throw Problem(kState, fmt::format("The document is {}; a submitted one becomes {}.",
                                      json::enum_name(document.state), json::enum_name(to)));
  record(tx, document);
  co_return document;
}

Task<PartnerDocument> approve_document(db::Tx& tx, PartnerDocumentId id, ApproveDocument request) {
  const TimeZone zone = (co_await identity::organization_defaults(tx)).time_zone;
  if (request.expires_on && *request.expires_on < day_in_zone(tx.now(), zone))
    throw invalid_field("/expires_on", "out_of_range", "not in the past");
  auto document = co_await judge(tx, id, DocumentState::approved, std::nullopt, request.expires_on);
  if (request.expires_on)
    jobs::enqueue(tx, kExpireJob, fmt::format(R"({{"document_id":"{}"}})", id.str()), id.str(),
                  start_of_day(Day{request.expires_on->days() + std::chrono::days{1}}, zone));
  co_return document;
}

Task<PartnerDocument> reject_document(db::Tx& tx, PartnerDocumentId id, Reason why) {
  return judge(tx, id, DocumentState::rejected, why.reason, std::nullopt);
}

struct ExpirePayload {
  PartnerDocumentId document_id;
};
BOOST_DESCRIBE_STRUCT(ExpirePayload, (), (document_id))

Task<> expire_documents(db::Tx& tx, std::span<const jobs::Job> batch) {
  std::vector<PartnerDocumentId> ids;
  for (const auto& job : batch) ids.push_back(json::parse<ExpirePayload>(job.payload).document_id);
  const Day today = day_in_zone(tx.now(), (co_await identity::organization_defaults(tx)).time_zone);
  for (const auto& document : co_await tx.all(kExpireDocuments, ids, today)) record(tx, document);
}

}  // namespace

jobs::Kind expire_documents_job() {
  jobs::Kind kind;
  kind.name = kExpireJob;
  kind.batch_max = 100;
  kind.run = expire_documents;
  return kind;
}

void declare_documents(http::Routes& routes) {
  routes.tag("documents");
  routes.post("/api/partners/{partner_id}/documents", upload_document)
      .says("Send a verification document of a partner")
      .explains(
          "The body is the file: PNG, JPEG (both made anew, at most 25 megapixels) or PDF (stored as it is), at most "
          "10 MiB, 20 files and 50 MiB in 24 hours.")
      .allow(http::Access::partner)
      .needs(http::Permission::partners_manage)
      .as(db::Role::write)
      .takes_bytes({"application/pdf", "image/jpeg", "image/png"})
      .body_up_to(files::kFileBytesMax)
      .refuses({&files::kFileRefused, &kTooManyFiles});
  routes.get("/api/partner-documents", list_documents)
      .says("List verification documents, the latest first; a partner's own")
      .allow(http::Access::partner)
      .needs(http::Permission::partners_read)
      .as(db::Role::read);
  routes.get("/api/partner-documents/{partner_document_id}", get_document)
      .says("Get what is known of a verification document")
      .allow(http::Access::partner)
      .needs(http::Permission::partners_read)
      .as(db::Role::read);
  routes.get("/api/partner-documents/{partner_document_id}/content", download_document)
      .says("Download a verification document")
      .allow(http::Access::partner)
      .needs(http::Permission::partners_read)
      .as(db::Role::read)
      .answers_type("application/octet-stream");
  routes.post("/api/partner-documents/{partner_document_id}/approval", approve_document)
      .says("Approve a verification document, until a day if one is told")
      .allow(http::Access::staff)
      .needs(http::Permission::partners_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
  routes.post("/api/partner-documents/{partner_document_id}/rejection", reject_document)
      .says("Reject a verification document, with a reason")
      .allow(http::Access::staff)
      .needs(http::Permission::partners_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
}

}  // namespace tandem::partners
