// Tx: one transaction of one organization under one login role. BEGIN and the scope's settings travel in the
// same round trip as the first statement; nothing reaches the server before it. Every statement of a tenant
// table gets the organization as $1 from the scope: a handler cannot pass another one.
//
// The framework (http/dispatch, jobs/worker, the CLI's run_tx) makes, commits and rolls back; handlers never
// do.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <typeindex>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/page.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "db/connection.hpp"
#include "db/pool.hpp"
#include "db/query.hpp"
#include "db/rows.hpp"

namespace tandem::db {

enum class ActorKind : int { staff, partner, customer, respondent, system, platform };
BOOST_DESCRIBE_ENUM(ActorKind, staff, partner, customer, respondent, system, platform)

/// Who acts in which organization. `partner_id` is set for actors of a partner.
struct Scope {
  OrganizationId organization_id;
  ActorKind actor_kind = ActorKind::system;
  ActorId actor_id;
  std::optional<PartnerId> partner_id;
};

/// A statement with its parameters bound, for Tx::together.
template <class Row>
struct Call {
  const QueryBase* query;
  std::vector<Param> params;  // without the organization
};
template <class Row, class... P>
Call<Row> call(const Query<Row(P...)>& query, const std::type_identity_t<P>&... p) {
  return {&query, {to_param(p)...}};
}

class Tx {
 public:
  Tx(Connection& connection, Scope scope, Role role)
      : connection_(connection), scope_(std::move(scope)), role_(role) {}
  Tx(const Tx&) = delete;
  Tx& operator=(const Tx&) = delete;

  const Scope& scope() const { return scope_; }
  Role role() const { return role_; }
  /// One instant for the whole transaction, of the database's clock.
  Timestamp now() const { return now_; }
  template <class IdType>
  IdType new_id() const {
    return IdType{new_uuid()};
  }

  template <class Row, class... P>
  Task<std::vector<Row>> all(const Query<Row(P...)>& query, const std::type_identity_t<P>&... p) {
    return rows<Row>(bind(query, {to_param(p)...}));
  }
  /// The first row, or nothing.
  template <class Row, class... P>
  Task<std::optional<Row>> maybe(const Query<Row(P...)>& query, const std::type_identity_t<P>&... p) {
    return first<Row>(bind(query, {to_param(p)...}));
  }
  /// Exactly one row; anything else is our bug (AssertionFailed).
  template <class Row, class... P>
  Task<Row> one(const Query<Row(P...)>& query, const std::type_identity_t<P>&... p) {
    return only<Row>(bind(query, {to_param(p)...}));
  }
  /// The number of rows touched.
  template <class Row, class... P>
  Task<std::int64_t> exec(const Query<Row(P...)>& query, const std::type_identity_t<P>&... p) {
    return affected(bind(query, {to_param(p)...}));
  }
  /// Queues a statement whose result nobody needs now: it travels with the next statement or with COMMIT, and
  /// its error surfaces there.
  template <class Row, class... P>
  void later(const Query<Row(P...)>& query, const std::type_identity_t<P>&... p) {
    queue_later(bind(query, {to_param(p)...}), {});
  }
  /// As later(), and `check` sees the result (in order, before any error of a later statement is raised). It
  /// may throw. A check that no other statement followed is made before COMMIT leaves: one more round trip.
  template <class Row, class... P>
  void later_checked(const Query<Row(P...)>& query, std::function<void(const Result&)> check,
                     const std::type_identity_t<P>&... p) {
    queue_later(bind(query, {to_param(p)...}), std::move(check));
  }
  /// Several statements that do not need each other's rows, in one round trip.
  template <class... Rows>
  Task<std::tuple<std::vector<Rows>...>> together(Call<Rows>... calls) {
    return together_rows<Rows...>(
        std::vector<Bound>{Bound{calls.query, with_organization(std::move(calls.params))}...});
  }
  /// One page of a list. `sort` is "name" or "-name" (empty = the list's first variant). Throws Problem
  /// kInvalid for an unknown sort ("?sort") or a cursor of another list or sort ("?cursor").
  template <class Row, class... P>
  Task<Page<Row>> page(const ListQuery<Row(P...)>& list, std::string sort, std::optional<Cursor> cursor,
                       PageLimit limit, const std::type_identity_t<P>&... p) {
    const auto* variant = sort.empty() ? &list.front() : list.find(sort);
    if (variant == nullptr) throw invalid_field("?sort", "out_of_range", "this list cannot be sorted so");
    const auto is_absent = []<class V>(const V& value) {
      if constexpr (Unwrap<V>::nullable)
        return !value.has_value();
      else
        return true;
    };
    std::vector<Param> params{to_param(p)...};
    const QueryBase* query = variant->usual.get();
    if (cursor || limit.value() != PageLimit::kDefault || !(is_absent(p) && ...)) {
      params.push_back(to_param(limit.value() + 1));
      query = variant->first.get();
    }
    if (cursor) {
      if (cursor->sort() != variant->sort)
        throw invalid_field("?cursor", "malformed", "this cursor belongs to another sort");
      params.push_back(cursor->key());
      params.push_back(cursor->id().str());
      query = variant->after.get();
    }
    return page_rows<Row>(Bound{query, with_organization(std::move(params))}, variant->sort, limit,
                          cursor.has_value());
  }

  /// Something that lives as long as this transaction, one of each type; made on first use.
  template <class T>
  T& local() {
    auto& slot = locals_[std::type_index(typeid(T))];
    if (!slot) slot = std::make_shared<T>();
    return *static_cast<T*>(slot.get());
  }

  /// True when a statement was sent or queued.
  bool is_begun() const { return begun_; }
  /// Sends what is queued and COMMIT, in one round trip. Nothing to do for a Tx that sent nothing. Throws
  /// DbError when a queued statement or the COMMIT fails, and 25P02 when the transaction had failed before
  /// and somebody hid it.
  Task<> commit();
  /// Drops what is queued; ROLLBACK if the server has begun. Never throws: a connection that cannot is dead.
  Task<> rollback();

  /// The lowest level: runs one bound statement (with everything queued before it) and gives its result.
  struct Bound {
    const QueryBase* query;
    std::vector<Param> params;
  };
  Task<Result> run(Bound bound);
  Task<std::vector<Result>> run_all(std::vector<Bound> bounds);

 private:
  std::vector<Param> with_organization(std::vector<Param> params) const {
    params.insert(params.begin(), scope_.organization_id.str());
    return params;
  }
  Bound bind(const QueryBase& query, std::vector<Param> params) const {
    return {&query, with_organization(std::move(params))};
  }
  void queue_later(Bound bound, std::function<void(const Result&)> check);
  void begin_if_needed();

  template <class Row>
  Task<std::vector<Row>> rows(Bound bound) {
    const Result result = co_await run(std::move(bound));
    co_return decode_rows<Row>(result);
  }
  template <class Row>
  Task<std::optional<Row>> first(Bound bound) {
    const Result result = co_await run(std::move(bound));
    if (result.rows() == 0) co_return std::nullopt;
    co_return row_at<Row>(result, 0);
  }
  template <class Row>
  Task<Row> only(Bound bound) {
    const Result result = co_await run(std::move(bound));
    TANDEM_ASSERT(result.rows() == 1, "{} rows instead of one", result.rows());
    co_return row_at<Row>(result, 0);
  }
  Task<std::int64_t> affected(Bound bound) {
    const Result result = co_await run(std::move(bound));
    co_return result.affected();
  }
  template <class... Rows>
  Task<std::tuple<std::vector<Rows>...>> together_rows(std::vector<Bound> bounds) {
    const std::vector<Result> results = co_await run_all(std::move(bounds));
    std::size_t i = 0;
    co_return std::tuple<std::vector<Rows>...>{decode_rows<Rows>(results.at(i++))...};
  }
  template <class Row>
  Task<Page<Row>> page_rows(Bound bound, std::string sort, PageLimit limit, bool has_cursor) {
    const std::string& name_of_query = bound.query->name();
    Result result;
    try {
      result = co_await run(std::move(bound));
    } catch (const DbError& error) {
      // The cursor's key did not cast to the column's type: somebody wrote the cursor by hand.
      if (!has_cursor || !error.sqlstate().starts_with("22")) throw;
      throw invalid_field("?cursor", "malformed", "this cursor is damaged");
    }
    Page<Row> page;
    page.items = decode_rows<Row>(result);
    if (static_cast<std::int32_t>(page.items.size()) > limit.value()) {
      page.items.pop_back();
      const std::string_view key =
          sort.starts_with('-') ? std::string_view(sort).substr(1) : std::string_view(sort);
      std::optional<std::string> key_text;
      std::optional<Uuid> id;
      using Members = boost::describe::describe_members<Row, boost::describe::mod_public |
                                                                 boost::describe::mod_inherited>;
      boost::mp11::mp_for_each<Members>([&](auto d) {
        const auto& member = page.items.back().*d.pointer;
        const auto name = json::wire_name(d.name);
        if (name == key) key_text = to_param(member);
        if (name == "id") id = Uuid::parse(to_param(member).value_or(""));
      });
      TANDEM_ASSERT(key_text && id, "{} has no column id or its sort column is null", name_of_query);
      page.next_cursor = Cursor{sort, *std::move(key_text), *id};
    }
    co_return page;
  }

  Connection& connection_;
  Scope scope_;
  Role role_;
  bool begun_ = false;      // BEGIN was queued or sent
  bool committed_ = false;  // nothing may follow
  // Of the statements queued by later(), in order.
  std::vector<std::function<void(const Result&)>> checks_;
  Timestamp now_ = Clock::now();
  std::map<std::type_index, std::shared_ptr<void>> locals_;
};

/// A statement of the service role outside any organization, on a connection of Role::service, in its own
/// implicit transaction: one round trip.
template <class Row, class... P>
Task<std::vector<Row>> service_all(Connection& connection, const ServiceQuery<Row(P...)>& query,
                                   std::type_identity_t<P>... p);

/// Runs `work(tx)` in a transaction on the pool's connection of `role`, commits, and gives its result; rolls
/// back and rethrows on any exception. Deadlocks and serialization failures rerun it, at most three times.
template <class Work>
auto run_tx(Pool& pool, Scope scope, Role role, Work work) -> std::invoke_result_t<Work&, Tx&>;

}  // namespace tandem::db

#include "db/tx_inline.hpp"
