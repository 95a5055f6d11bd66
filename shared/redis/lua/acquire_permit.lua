-- Takes one call to Avito from the budget that all workers share, or says how long to wait.
-- A token bucket: it holds a fifth of a minute's calls and refills so that no 60 s see more calls than
-- allowed. Urgent calls may empty it, others leave a share. Also holds everybody back while Avito asked
-- for a pause, and while the circuit breaker is open but for one probe at a time.
-- KEYS (shared/redis/keys.py): 1 AVITO_BUDGET hash (tokens, at, pause, rpm, rpm_until, failures, since, retry_at,
-- probe, denials, unpaid, refused; times in Unix seconds of Redis' clock), 2 FACTS hash
-- ARGV: 1 now (Unix seconds; '' Redis' clock), 2 calls a minute, 3 share left to others (0..1),
-- 4 seconds that a probe may take
-- Returns {milliseconds to wait (0 go), why ('go', 'pause', 'down', 'budget'), failures in a row,
-- denials in a row, since when it fails, operation not paid for, '1' if keys are refused, fact shown,
-- receipt for return_permit.lua: the probe that it is, or 'none' ('' where the call must not go)}.
local KEPT_S = 7200
local LONGEST_PAUSE_S = 3600
local SKEW_S = 60

local budget, facts = KEYS[1], KEYS[2]
local now, rpm, share, probe_s = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end

local held = redis.call('HMGET', budget, 'tokens', 'at', 'pause', 'rpm', 'rpm_until', 'retry_at',
  'failures', 'denials', 'since', 'unpaid', 'refused', 'probe')
local fact = redis.call('HGET', facts, 'avito') or ''
local failures, denials = tonumber(held[7]) or 0, tonumber(held[8]) or 0

local function answer(wait_s, why, receipt)
  return {math.ceil(wait_s * 1000), why, failures, denials, held[9] or '', held[10] or '', held[11] or '', fact,
    receipt or ''}
end

-- The last call was taken before any of this began to hold. Where that lies ahead the clock was set back, and how
-- long it still lasts is not known: a call finds out.
if (tonumber(held[2]) or 0) - now > SKEW_S then
  redis.call('HDEL', budget, 'pause', 'rpm_until')
  held[3], held[5] = false, false
  if held[6] then
    held[6] = string.format('%.6f', now)
    redis.call('HSET', budget, 'retry_at', held[6])
  end
end

-- Nothing of this stops calls for longer than any pause may last.
local function ahead(text, most)
  local seconds = (tonumber(text) or 0) - now
  return seconds <= most and seconds or 0
end

local pause = ahead(held[3], LONGEST_PAUSE_S)
if pause > 0 then return answer(pause, 'pause') end
local closed = ahead(held[6], LONGEST_PAUSE_S)
-- A probe is under way: its answer may come any moment.
if held[12] and held[12] == held[6] then closed = math.min(closed, 1) end
if closed > 0 then return answer(closed, 'down') end

if ahead(held[5], LONGEST_PAUSE_S) > 0 then rpm = math.min(rpm, tonumber(held[4]) or rpm) end
local size = math.max(1, rpm / 5)
local rate = math.max(rpm - size, rpm / 2) / 60
local idle = math.max(0, now - (tonumber(held[2]) or now))
local tokens = math.min(size, (tonumber(held[1]) or size) + idle * rate)
local needed = 1 + share * (size - 1)
local wait = tokens >= needed and 0 or math.max(0.001, (needed - tokens) / rate)
if wait == 0 then tokens = tokens - 1 end

redis.call('HSET', budget, 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
local probe = wait == 0 and tonumber(held[6]) and string.format('%.6f', now + probe_s)
if probe then redis.call('HSET', budget, 'retry_at', probe, 'probe', probe) end
redis.call('EXPIRE', budget, KEPT_S)
if wait > 0 then return answer(wait, 'budget') end
return answer(0, 'go', probe or 'none')
