-- POST /api/inbound/{endpoint}: events signed beforehand by tools/sign.mjs, each sent once. Thread i of n takes lines
-- i, i + n, ... of EVENTS: "id timestamp signature body".
require "common"
local path = os.getenv("INBOUND_PATH")
local threads = tonumber(os.getenv("WRK_THREADS"))
local events, at = {}, 0
function init()
  local n = 0
  for line in io.lines(os.getenv("EVENTS")) do
    if n % threads == thread_index then events[#events + 1] = line end
    n = n + 1
  end
end
function request()
  at = at + 1
  if at > #events then error("EVENTS holds too few lines for this run") end
  local id, stamp, signature, body = events[at]:match("^(%S+) (%S+) (%S+) (.+)$")
  return post(path, "Content-Type: application/json\r\nwebhook-id: " .. id .. "\r\nwebhook-timestamp: " .. stamp ..
    "\r\nwebhook-signature: " .. signature .. "\r\n", body)
end
