-- POST /api/visits: a new visitor each time, through one of 100 links, with an id as the tracking script makes it.
require "common"
local headers = BROWSER .. "Origin: https://shop.example\r\nContent-Type: text/plain;charset=UTF-8\r\n"
local before, after = {}, {}
for link = 1, 100 do
  local whole = post("/api/visits", headers, '{"visitor_id":"' .. ("0"):rep(36) .. '","partner_code":"bench' .. link ..
    '","landing_url":"https://shop.example/spring","referrer":"https://blog.example"}')
  before[link], after[link] = whole:match("^(.*visitor_id\":\")0+(\".*)$")
end
local function visit()
  local link = math.random(1, 100)
  return before[link] .. fresh_uuid() .. after[link]
end

-- READY visits are made before the clock starts: the load generator runs on the processors that are measured.
local ready, sent = {}, 0
function init()
  seeded()
  for i = 1, tonumber(os.getenv("READY") or 0) do ready[i] = visit() end
end
function request()
  sent = sent + 1
  return ready[sent] or visit()
end
