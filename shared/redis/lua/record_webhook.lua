-- Records when the newest webhook was accepted. One that waited on a disk or was redriven is older
-- than what stands there; a time in the future was recorded by a wrong clock and is replaced.
-- KEYS: 1 FACTS hash
-- ARGV: 1 when it was accepted, 2 now (Unix seconds)
-- Returns 1 if it was recorded, else 0.
local facts, accepted, now = KEYS[1], ARGV[1], ARGV[2]

local held = tonumber(redis.call('HGET', facts, 'last_webhook_at') or '')
if held and held >= tonumber(accepted) and held <= tonumber(now) then return 0 end
redis.call('HSET', facts, 'last_webhook_at', accepted)
return 1
