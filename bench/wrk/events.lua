-- POST /api/inbound/{endpoint}: events signed beforehand by tools/sign.mjs, each sent once. A line of EVENTS is
-- "id timestamp signature body".
require "common"
local path = os.getenv("INBOUND_PATH")
local events, at = {}, 0
function init()
  for line in io.lines(os.getenv("EVENTS")) do events[#events + 1] = line end
end
function request()
  at = at + 1
  if at > #events then error("EVENTS holds too few lines for this run") end
  local id, stamp, signature, body = events[at]:match("^(%S+) (%S+) (%S+) (.+)$")
  return post(path, "Content-Type: application/json\r\nwebhook-id: " .. id .. "\r\nwebhook-timestamp: " .. stamp ..
    "\r\nwebhook-signature: " .. signature .. "\r\n", body)
end
