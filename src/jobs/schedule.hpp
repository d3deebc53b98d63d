// Schedules: recurring work of every organization. A period (an hour, a day, a month) begins once: its row
// and its job are inserted in one transaction, and the row's key refuses a second one, however many servers
// ask and wherever their clocks jump. What "now" is, is said by the database alone.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/task.hpp"
#include "db/pool.hpp"

namespace tandem::jobs {

/// Hours are UTC's; days and months those of the organization's zone. Days and months that passed while no
/// server ran are made up for, at most the latest 31 of them; hours are not.
enum class Every : int { hour, day, month };

struct Schedule {
  std::string
      kind;  // of the job that a period is, registered with Kinds; its payload is {"period": "2026-11"}
  Every every = Every::day;
};

/// Every schedule of the program; filled in app/wiring before the server starts.
class Schedules {
 public:
  static Schedules& instance();
  void add(Schedule schedule);
  std::span<const Schedule> all() const { return schedules_; }
  void clear() { schedules_.clear(); }

 private:
  std::vector<Schedule> schedules_;
};

/// An organization, and where its days begin.
struct Calendar {
  OrganizationId organization_id;
  TimeZone time_zone;
};
BOOST_DESCRIBE_STRUCT(Calendar, (), (organization_id, time_zone))

/// Begins every period of these organizations that is due; gives how many began. The server calls it every
/// half minute with those that are active.
Task<std::int64_t> begin_periods(db::Pool& pool, std::vector<Calendar> organizations);

/// The periods from the one after `latest` to `current`, the latest 31; `current` alone without a latest one,
/// and of hours. None when `latest` is not before `current`.
std::vector<std::string> periods_between(Every every, const std::optional<std::string>& latest,
                                         const std::string& current);

}  // namespace tandem::jobs
