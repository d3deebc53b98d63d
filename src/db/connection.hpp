// One libpq connection in pipeline mode, driven by Asio. Statements are queued by send() and go out together
// in one round trip by drain(). Used by Tx, by the collectors of hot paths and by nothing else.
//
// Promises: a prepared statement is remembered when its own Parse succeeded, not when its batch did; drain()
// always reads to the sync, so that after any SQL error the connection is usable again; a broken socket marks
// it dead and the pool replaces it.
#pragma once
#include <chrono>
#include <cstdint>
#include <exception>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/task.hpp"
#include "db/codec.hpp"
#include "db/query.hpp"

namespace tandem::db {

/// The rows of one statement: of a Query in binary, of a fixed text as text. Valid while the Result lives.
class Result {
 public:
  Result() = default;
  explicit Result(void* pg_result);  // takes a PGresult*
  int rows() const { return rows_; }
  int columns() const { return columns_; }
  /// Rows touched by INSERT, UPDATE or DELETE.
  std::int64_t affected() const { return affected_; }
  std::optional<std::string_view> cell(int row, int column) const;
  /// What the server says it did: "INSERT 0 1", "COMMIT", and "ROLLBACK" for the COMMIT of a failed
  /// transaction.
  std::string_view command_tag() const;

 private:
  std::shared_ptr<void> result_;
  int rows_ = 0, columns_ = 0;
  std::int64_t affected_ = 0;
};

/// What PostgreSQL answered instead. Never shown to a client.
class DbError : public std::exception {
 public:
  DbError(std::string sqlstate, std::string constraint, std::string message, std::string query)
      : sqlstate_(std::move(sqlstate)),
        constraint_(std::move(constraint)),
        message_(std::move(message)),
        query_(std::move(query)) {}
  const std::string& sqlstate() const { return sqlstate_; }
  /// The constraint's name without the shard's suffix; taken from the message when the field is empty
  /// (Citus).
  const std::string& constraint() const { return constraint_; }
  const std::string& query() const { return query_; }  // name of the statement
  const char* what() const noexcept override { return message_.c_str(); }
  /// Deadlock, serialization failure, or a shard that could not commit: the whole transaction may be run
  /// again.
  bool is_retryable() const;
  /// The connection or the server is away (class 08, 57P0x) or too busy (53xxx, 55P03, 57014).
  bool is_unavailable() const;

 private:
  std::string sqlstate_, constraint_, message_, query_;
};

class Connection {
 public:
  /// Connects without blocking the thread, within `timeout`. Throws DbError 08001.
  static Task<std::unique_ptr<Connection>> connect(boost::asio::any_io_executor executor,
                                                   std::string conninfo, std::chrono::milliseconds timeout);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Queues a fixed text without parameters ("begin"), its result dropped unless `wanted`.
  void send(std::string_view sql, bool wanted = false);
  /// Queues `set local name = 'value'`, the value quoted.
  void send_setting(std::string_view name, std::string_view value);
  /// Queues a Query; prepared on first use on this connection. If `wanted`, its result is the next element of
  /// drain(). The query must live until then.
  void send(const QueryBase& query, std::vector<Param> params, bool wanted = true);
  /// How many queued statements will give a result.
  std::size_t wanted() const;
  /// Sends what is queued, one sync, and collects the wanted results in order. Throws the first DbError after
  /// reading to the sync; results before it are dropped. A second drain may not begin before the first ended.
  Task<std::vector<Result>> drain();
  /// As drain(), but never throws for SQL errors: one expected a wanted statement, in order; those behind a
  /// failed statement carry its error. For collectors. Without BEGIN … COMMIT one failure undoes all of them.
  Task<std::vector<std::expected<Result, DbError>>> drain_each();

  /// Forgets what is queued; nothing of it has left this process.
  void forget();

  /// Broken, or left in the middle of a drain: only good for closing.
  bool is_dead() const;
  /// Looks at the socket of an idle connection without waiting: false when the server has closed it
  /// meanwhile.
  bool still_open();
  /// True inside BEGIN … COMMIT, by the server's own word.
  bool in_transaction() const;
  /// True when the database is spread over nodes by Citus, which tells them of `set local` alone, and of that
  /// only between BEGIN and COMMIT.
  bool is_distributed() const;
  /// Round trips since the connection was made.
  std::int64_t round_trips() const;
  /// After so long without an answer drain() throws DbError 57014 and the connection is dead; the server
  /// notices the closed socket within seconds and stops the statement. The default, 65 s, is over every
  /// role's statement_timeout.
  void set_deadline(std::chrono::milliseconds deadline);

 private:
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem::db
