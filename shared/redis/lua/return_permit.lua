-- Gives back a call to Avito that acquire_permit.lua let pass and that was not made after all.
-- KEYS (shared/redis/keys.py): 1 AVITO_BUDGET hash, see acquire_permit.lua
-- ARGV: 1 probe that it would have been ('none' it would have been none)
-- Returns 1.
local budget, probe = KEYS[1], ARGV[1]

local held = redis.call('HMGET', budget, 'tokens', 'retry_at')
if tonumber(held[1]) then redis.call('HSET', budget, 'tokens', string.format('%.6f', tonumber(held[1]) + 1)) end
if held[2] == probe then redis.call('HSET', budget, 'retry_at', '0') end -- the next call may probe at once
return 1
