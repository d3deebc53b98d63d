#include "events/event.hpp"

namespace tandem::events {

namespace {

const db::Query<db::Nothing(std::vector<Uuid>, std::vector<std::string>,
                            std::vector<std::optional<PartnerId>>, std::vector<Uuid>, std::vector<JsonObject>,
                            Timestamp)>
    kRecord{"events.record", R"sql(
    insert into app.outbox (organization_id, id, kind, partner_id, subject_id, body, at)
    select $1, u.id, u.kind, u.partner_id, u.subject_id, u.body, $7
    from unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::jsonb[])
      u(id, kind, partner_id, subject_id, body)
    on conflict do nothing)sql"};

}  // namespace

void record(db::Tx& tx, std::span<const OutboxRow> rows) {
  if (rows.empty()) return;
  std::vector<Uuid> ids, subjects;
  std::vector<std::string> kinds;
  std::vector<std::optional<PartnerId>> partners;
  std::vector<JsonObject> bodies;
  for (const auto& row : rows) {
    ids.push_back(new_uuid());
    kinds.push_back(row.kind);
    partners.push_back(row.partner_id);
    subjects.push_back(row.subject_id);
    bodies.push_back(JsonObject::trusted(row.body));
  }
  tx.later(kRecord, ids, kinds, partners, subjects, bodies, tx.now());
}

Bus& Bus::instance() {
  static Bus bus;
  return bus;
}

Task<> Bus::run(db::Tx& tx, std::type_index type, const void* event) const {
  for (const auto& listener : listeners_)
    if (listener.type == type) co_await listener.run(tx, event);
}

}  // namespace tandem::events
