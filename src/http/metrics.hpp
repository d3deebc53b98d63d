// Metrics: what /metrics shows, in Prometheus' text format 0.0.4. Requests are counted per route template, so
// that the number of series is bounded by the program; other modules add figures of their own. Counting is a
// relaxed atomic add.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/routes.hpp"

namespace tandem::http {

/// One labelled figure, such as {R"(role="read")", 3}. Labels are written as given.
struct Sample {
  std::string labels;
  double value = 0;
};

class Metrics {
 public:
  static Metrics& instance();

  /// Adds a figure that is read when somebody asks. `type` is "gauge" or "counter"; `name` begins with
  /// "tandem_" and ends in its unit, counters in "_total". `read` may be called from any thread of the
  /// server. The same name replaces.
  void add(std::string name, std::string help, std::string type, std::function<std::vector<Sample>()> read);
  /// Removes a figure whose owner goes away.
  void remove(std::string_view name);

  /// Prometheus' text of everything: `requests` first (may be null), then the added figures by name.
  std::string text(const class RequestMetrics* requests) const;

 private:
  Metrics();
  ~Metrics();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Requests by route, method and class of status, and how long they took. Owned by dispatch.
class RequestMetrics {
 public:
  explicit RequestMetrics(const Routes& routes);
  ~RequestMetrics();
  /// `route` is one of the table, or null for requests that found none.
  void observe(const Route* route, int status, std::chrono::nanoseconds duration);
  void append_to(std::string& out) const;

 private:
  struct Series;
  const Routes& routes_;
  const std::size_t count_;
  std::unique_ptr<Series[]> series_;
};

}  // namespace tandem::http
