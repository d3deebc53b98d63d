-- What the scripts share: random numbers, requests, and a report that a program can read. For one thread of wrk: with two,
-- the first would send while the second still prepares, before the clock starts.

-- SEED comes from run.sh and differs by run.
function seeded() math.randomseed(tonumber(os.getenv("SEED") or "1")) end

local format, random = string.format, math.random

-- Four digits at a time from a table: the load generator runs on the processors that are measured.
local digits = {}
for i = 0, 0xffff do digits[i] = format("%04x", i) end
local function four() return digits[random(0, 0xffff)] end

function uuid()
  return four() .. four() .. "-" .. four() .. "-4" .. four():sub(2) .. "-8" .. four():sub(2) .. "-" .. four() ..
    four() .. four()
end

-- A UUIDv7 as a browser makes it: of now, where 50 are made in a millisecond, and under way for up to 200.
local began, made = os.time() * 1000, 0
function fresh_uuid()
  made = made + 1
  local time = format("%012x", began + math.floor(made / 50) - random(0, 199))
  return time:sub(1, 8) .. "-" .. time:sub(9) .. "-7" .. four():sub(2) .. "-8" .. four():sub(2) .. "-" .. four() ..
    four() .. four()
end

-- A whole request; wrk.format would build its table of headers anew each time.
function post(path, headers, body)
  return "POST " .. path .. " HTTP/1.1\r\nHost: localhost\r\n" .. headers .. "Content-Length: " .. #body ..
    "\r\n\r\n" .. body
end

function get(path, headers)
  return "GET " .. path .. " HTTP/1.1\r\nHost: localhost\r\n" .. headers .. "\r\n"
end

BROWSER = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " ..
  "Chrome/130.0.0.0 Safari/537.36\r\n"

function done(summary, latency, requests)
  local e = summary.errors
  io.stderr:write(format('{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.status + e.timeout))
end
