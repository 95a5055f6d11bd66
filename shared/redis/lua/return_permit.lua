-- Returns a permit of acquire_permit.lua whose call was not made.
-- keys: avito_rate_limit:hash
-- args: receipt
-- returns: none

local held = redis.call('HMGET', KEYS.avito_rate_limit, 'tokens', 'retry_at')
local tokens = tonumber(held[1])
if tokens then redis.call('HSET', KEYS.avito_rate_limit, 'tokens', string.format('%.6f', tokens + 1)) end
-- Without the probe the next call may be one at once.
if held[2] == receipt then redis.call('HSET', KEYS.avito_rate_limit, 'retry_at', '0') end
