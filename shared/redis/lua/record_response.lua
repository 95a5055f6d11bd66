-- Makes what a response of Avito said hold for all workers: pauses, limits, health.
-- keys: avito_rate_limit:hash facts:hash
-- args: at:number? pause_s:number rpm:int? left:int? denials:int failures:int since:time? open_s:number
--   unpaid refused:bool shown
-- returns: none
-- at: Unix seconds; absent: Redis' clock. rpm: calls a minute that Avito names. left: calls left in its
-- window. open_s: for which the circuit is open. The others are as in acquire_permit.lua.

local KEPT_S = 7200
local LIMIT_HOLDS_S = 120

local now = at
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local function after(seconds) return string.format('%.6f', now + seconds) end

if pause_s > 0 and (tonumber(redis.call('HGET', KEYS.avito_rate_limit, 'pause')) or 0) < now + pause_s then
  redis.call('HSET', KEYS.avito_rate_limit, 'pause', after(pause_s))
end
if rpm ~= '' then redis.call('HSET', KEYS.avito_rate_limit, 'rpm', rpm, 'rpm_until', after(LIMIT_HOLDS_S)) end
local tokens = tonumber(redis.call('HGET', KEYS.avito_rate_limit, 'tokens'))
if left ~= '' and tokens and tonumber(left) < tokens then redis.call('HSET', KEYS.avito_rate_limit, 'tokens', left) end

redis.call('HSET', KEYS.avito_rate_limit, 'denials', denials, 'failures', failures, 'since', since,
  'unpaid', unpaid, 'refused', refused and '1' or '')
if open_s > 0 then
  redis.call('HSET', KEYS.avito_rate_limit, 'retry_at', after(open_s))
elseif failures == '0' then
  redis.call('HDEL', KEYS.avito_rate_limit, 'retry_at')
end
redis.call('HSET', KEYS.facts, 'avito', shown)
redis.call('EXPIRE', KEYS.avito_rate_limit, KEPT_S)
