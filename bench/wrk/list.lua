-- GET /api/conversions: the 50 latest of one of 100 partners, with that partner's key.
require "common"
local ready = {}
function init()
  seeded()
  for line in io.lines(os.getenv("PARTNERS")) do
    local id, key = line:match("^(%S+) (%S+)$")
    ready[#ready + 1] = get("/api/conversions?partner_id=" .. id .. "&limit=50", "Authorization: Bearer " .. key .. "\r\n")
  end
end
function request() return ready[math.random(1, #ready)] end
