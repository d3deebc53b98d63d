-- POST /api/leads from a browser: a new person each time, by one of the VISITORS that came before.
require "common"
local headers = BROWSER .. "Origin: https://shop.example\r\nAuthorization: Bearer " .. os.getenv("SITE_KEY") ..
  "\r\nContent-Type: application/json\r\n"
local visitors = {}
function init()
  seeded()
  for line in io.lines(os.getenv("VISITORS")) do visitors[#visitors + 1] = line end
end
function request()
  local person = uuid()
  return post("/api/leads", headers, '{"email":"' .. person .. '@load.example","external_id":"' .. person ..
    '","visitor_id":"' .. visitors[math.random(1, #visitors)] .. '"}')
end
