// Where tests make the database fail: before a transaction sends something, and after its COMMIT was answered
// (the caller does not learn that it was). Nothing is installed in the product.
#pragma once
#include <functional>

namespace tandem::db {

enum class FaultPoint { before_call, after_commit };

/// What the hook throws is what the caller of the Tx sees. Empty takes it away. Not while transactions run.
void set_fault_hook(std::function<void(FaultPoint)> hook);
void at_fault_point(FaultPoint point);

}  // namespace tandem::db
