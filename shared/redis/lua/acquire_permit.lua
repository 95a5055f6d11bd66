-- Takes a permit for one call to Avito from the limit of all workers, or says how long to wait.
-- A token bucket: it holds a fifth of a minute's calls and refills so that no 60 s see more calls than
-- allowed. Urgent calls may empty it, others leave a share. No call passes while Avito asked for a
-- pause, and only one probe at a time while the circuit breaker is open.
-- keys: avito_rate_limit:hash facts:hash
-- args: at:number? rpm:number share:number probe_s:number
-- returns: wait_ms:int reason:go|pause|down|budget failures:int denials:int since:float? unpaid:text
--   refused:bool shown:text receipt:text
-- avito_rate_limit has tokens, at, pause, rpm, rpm_until, failures, since, retry_at, probe, denials,
-- unpaid, refused; times in Unix seconds of Redis' clock.
-- at: Unix seconds; absent: Redis' clock. rpm: calls a minute. share: left to others (0..1). probe_s:
-- seconds that a probe may take.
-- failures, denials: in a row. since: when it began to fail. unpaid: operation not paid for. refused:
-- keys are. shown: the fact. receipt for return_permit.lua: the probe that the call is, or 'none'; ''
-- where the call must not go.

local KEPT_S = 7200
local LONGEST_PAUSE_S = 3600
local SKEW_S = 60

local now = at
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end

local held = redis.call('HMGET', KEYS.avito_rate_limit, 'tokens', 'at', 'pause', 'rpm', 'rpm_until', 'retry_at',
  'failures', 'denials', 'since', 'unpaid', 'refused', 'probe')
local fact = redis.call('HGET', KEYS.facts, 'avito') or ''
local failures, denials = tonumber(held[7]) or 0, tonumber(held[8]) or 0

local function result(wait_s, reason, receipt)
  return {math.ceil(wait_s * 1000), reason, failures, denials, held[9] or '', held[10] or '', held[11] or '', fact,
    receipt or ''}
end

-- The last call was before now. If its time lies in the future, the clock was set back, and how long
-- the pauses last is not known: the next call finds out.
if (tonumber(held[2]) or 0) - now > SKEW_S then
  redis.call('HDEL', KEYS.avito_rate_limit, 'pause', 'rpm_until')
  held[3], held[5] = false, false
  if held[6] then
    held[6] = string.format('%.6f', now)
    redis.call('HSET', KEYS.avito_rate_limit, 'retry_at', held[6])
  end
end

-- Nothing stops calls for longer than the longest pause.
local function ahead(text, most)
  local seconds = (tonumber(text) or 0) - now
  return seconds <= most and seconds or 0
end

local pause = ahead(held[3], LONGEST_PAUSE_S)
if pause > 0 then return result(pause, 'pause') end
local closed = ahead(held[6], LONGEST_PAUSE_S)
-- A probe is under way: its response may come any moment.
if held[12] and held[12] == held[6] then closed = math.min(closed, 1) end
if closed > 0 then return result(closed, 'down') end

if ahead(held[5], LONGEST_PAUSE_S) > 0 then rpm = math.min(rpm, tonumber(held[4]) or rpm) end
local size = math.max(1, rpm / 5)
local rate = math.max(rpm - size, rpm / 2) / 60
local idle = math.max(0, now - (tonumber(held[2]) or now))
local tokens = math.min(size, (tonumber(held[1]) or size) + idle * rate)
local needed = 1 + share * (size - 1)
local wait = tokens >= needed and 0 or math.max(0.001, (needed - tokens) / rate)
if wait == 0 then tokens = tokens - 1 end

redis.call('HSET', KEYS.avito_rate_limit, 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
local probe = wait == 0 and tonumber(held[6]) and string.format('%.6f', now + probe_s)
if probe then redis.call('HSET', KEYS.avito_rate_limit, 'retry_at', probe, 'probe', probe) end
redis.call('EXPIRE', KEYS.avito_rate_limit, KEPT_S)
if wait > 0 then return result(wait, 'budget') end
return result(0, 'go', probe or 'none')
