-- POST /api/visits: a new visitor each time, through one of 100 links.
require "common"
local headers = BROWSER .. "Origin: https://shop.example\r\nContent-Type: text/plain;charset=UTF-8\r\n"
local before, after = {}, {}
for link = 1, 100 do
  local whole = post("/api/visits", headers, '{"visitor_id":"' .. ("0"):rep(36) .. '","partner_code":"bench' .. link ..
    '","landing_url":"https://shop.example/spring","referrer":"https://blog.example"}')
  before[link], after[link] = whole:match("^(.*visitor_id\":\")0+(\".*)$")
end
function init() seeded() end
function request()
  local link = math.random(1, 100)
  return before[link] .. uuid() .. after[link]
end
