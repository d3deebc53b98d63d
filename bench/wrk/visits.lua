-- POST /api/visits: a new visitor each time, through one of 100 links.
require "common"
local headers = BROWSER .. "Origin: https://shop.example\r\nContent-Type: text/plain;charset=UTF-8\r\n"
function init() seeded() end
function request()
  return post("/api/visits", headers, '{"visitor_id":"' .. uuid() .. '","partner_code":"bench' .. math.random(1, 100) ..
    '","landing_url":"https://shop.example/spring","referrer":"https://blog.example"}')
end
