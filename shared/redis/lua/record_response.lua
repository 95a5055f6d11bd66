-- Makes what a response of Avito said hold for all workers: pauses, limits, health.
-- KEYS: 1 AVITO_RATE_LIMIT hash (acquire_permit.lua), 2 FACTS hash
-- ARGV: 1 now (Unix seconds; '' Redis' clock), 2 seconds of pause, 3 calls a minute that Avito names
--   ('' none), 4 calls left in its window ('' not said), 5 denials in a row, 6 failures in a row,
--   7 since when it fails ('' it does not), 8 seconds for which the circuit is open, 9 operation not
--   paid for ('' none), 10 '1' if keys are refused, 11 the fact shown
-- Returns 1.
local KEPT_S = 7200
local LIMIT_HOLDS_S = 120

local limit_key, facts = KEYS[1], KEYS[2]
local now, pause, open = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[8])
local limit, left = tonumber(ARGV[3]), tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local function at(seconds) return string.format('%.6f', now + seconds) end

if pause > 0 and (tonumber(redis.call('HGET', limit_key, 'pause')) or 0) < now + pause then
  redis.call('HSET', limit_key, 'pause', at(pause))
end
if limit then redis.call('HSET', limit_key, 'rpm', ARGV[3], 'rpm_until', at(LIMIT_HOLDS_S)) end
local tokens = tonumber(redis.call('HGET', limit_key, 'tokens'))
if left and tokens and left < tokens then redis.call('HSET', limit_key, 'tokens', ARGV[4]) end

redis.call('HSET', limit_key, 'denials', ARGV[5], 'failures', ARGV[6], 'since', ARGV[7],
  'unpaid', ARGV[9], 'refused', ARGV[10])
if open > 0 then
  redis.call('HSET', limit_key, 'retry_at', at(open))
elseif ARGV[6] == '0' then
  redis.call('HDEL', limit_key, 'retry_at')
end
redis.call('HSET', facts, 'avito', ARGV[11])
redis.call('EXPIRE', limit_key, KEPT_S)
return 1
