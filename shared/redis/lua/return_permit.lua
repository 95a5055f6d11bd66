-- Returns a permit of acquire_permit.lua whose call was not made.
-- KEYS: 1 AVITO_RATE_LIMIT hash (acquire_permit.lua)
-- ARGV: 1 the receipt: the probe that the call would have been, or 'none'
-- Returns 1.
local limit_key, probe = KEYS[1], ARGV[1]

local held = redis.call('HMGET', limit_key, 'tokens', 'retry_at')
local tokens = tonumber(held[1])
if tokens then redis.call('HSET', limit_key, 'tokens', string.format('%.6f', tokens + 1)) end
-- Without the probe the next call may be one at once.
if held[2] == probe then redis.call('HSET', limit_key, 'retry_at', '0') end
return 1
