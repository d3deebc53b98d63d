#include "app/commands.hpp"
#include "app/database.hpp"

namespace tandem::app {
int isolation_check(const Config&, Format) { throw UserError("not in this build"); }
}  // namespace tandem::app
