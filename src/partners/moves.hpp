// The job that suspends a partner when another module asks for it: "partners.suspend" with {"partner_id",
// "reason"}, enqueued by its name.
#pragma once
#include "jobs/job.hpp"

namespace tandem::partners {

jobs::Kind suspend_partners_job();

}  // namespace tandem::partners
