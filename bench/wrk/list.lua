-- GET /api/conversions: the 50 latest of one of 100 partners, with that partner's key.
require "common"
local keys, ids = {}, {}
function init()
  seeded()
  for line in io.lines(os.getenv("PARTNERS")) do
    local id, key = line:match("^(%S+) (%S+)$")
    ids[#ids + 1], keys[#keys + 1] = id, key
  end
end
function request()
  local n = math.random(1, #keys)
  return get("/api/conversions?partner_id=" .. ids[n] .. "&limit=50", "Authorization: Bearer " .. keys[n] .. "\r\n")
end
