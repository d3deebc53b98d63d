#include "db/fault.hpp"

#include <utility>

namespace tandem::db {

namespace {

std::function<void(FaultPoint)>& installed() {
  static std::function<void(FaultPoint)> hook;
  return hook;
}

}  // namespace

void set_fault_hook(std::function<void(FaultPoint)> hook) { installed() = std::move(hook); }

void at_fault_point(FaultPoint point) {
  if (const auto& hook = installed()) hook(point);
}

}  // namespace tandem::db
