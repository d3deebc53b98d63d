// What staff write down about a partner: notes and tags. No partner sees either.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "partners/ids.hpp"

namespace tandem::partners {

struct WriteNote {
  Lines<4000> body;
};
BOOST_DESCRIBE_STRUCT(WriteNote, (), (body))

struct PartnerNote {
  PartnerNoteId id;
  PartnerId partner_id;
  std::string body;
  ActorId author_id;
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(PartnerNote, (), (id, partner_id, body, author_id, created_at, updated_at))

struct ListNotes {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
};
BOOST_DESCRIBE_STRUCT(ListNotes, (), (cursor, limit))

/// Tags are compared as they are written, in lower case.
struct PartnerTags {
  std::vector<Text<1, 40>> tags;  // at most 20
};
BOOST_DESCRIBE_STRUCT(PartnerTags, (), (tags))

struct KnownTag {
  std::string tag;
  std::int64_t partners = 0;  // how many have it
};
BOOST_DESCRIBE_STRUCT(KnownTag, (), (tag, partners))
struct KnownTags {
  std::vector<KnownTag> items;
};
BOOST_DESCRIBE_STRUCT(KnownTags, (), (items))

void declare_notes(http::Routes& routes);

}  // namespace tandem::partners
