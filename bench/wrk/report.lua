-- GET /api/analytics/earnings: the year of one of 100 partners by month, with that partner's key.
require "common"
local keys = {}
function init()
  seeded()
  for line in io.lines(os.getenv("PARTNERS")) do keys[#keys + 1] = line:match("^%S+ (%S+)$") end
end
function request()
  return get("/api/analytics/earnings?group_by=month&from=2025-01-01&to=2026-01-01",
    "Authorization: Bearer " .. keys[math.random(1, #keys)] .. "\r\n")
end
