// Events: what happened, in the past tense, as a described struct. emit() inserts one outbox row and runs the
// listeners that must be true at once (inside the emitter's transaction); a listener `after` becomes a job in
// the same transaction. Lower modules emit and never learn who listens.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <typeindex>
#include <vector>

#include "base/json.hpp"
#include "db/tx.hpp"

namespace tandem::events {

/// One outbox row: kind is "lead.created" and such; body holds ids and changed fields, no personal data.
struct OutboxRow {
  std::string kind;
  std::optional<PartnerId> partner_id;
  Uuid subject_id;
  std::string body;  // JSON object
};
/// Queues outbox rows on the transaction; they travel with its next statement or its commit.
void record(db::Tx& tx, std::span<const OutboxRow> rows);

/// The listeners that run inside the emitter's transaction, by the event's C++ type. Filled once in
/// app/wiring before the server starts, read-only afterwards.
class Bus {
 public:
  static Bus& instance();
  template <class Event>
  void inside(std::function<Task<>(db::Tx&, const Event&)> listener) {
    listeners_.push_back(
        {std::type_index(typeid(Event)), [listener = std::move(listener)](db::Tx& tx, const void* event) {
           return listener(tx, *static_cast<const Event*>(event));
         }});
  }
  void clear() { listeners_.clear(); }
  Task<> run(db::Tx& tx, std::type_index type, const void* event) const;

 private:
  struct Listener {
    std::type_index type;
    std::function<Task<>(db::Tx&, const void*)> run;
  };
  std::vector<Listener> listeners_;
};

/// Runs the listeners of this event, in the order of registration, in this transaction.
template <class Event>
Task<> emit(db::Tx& tx, const Event& event) {
  co_await Bus::instance().run(tx, std::type_index(typeid(Event)), &event);
}

}  // namespace tandem::events
