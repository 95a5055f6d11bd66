-- Notes when the newest webhook was accepted: one that waited on a disk or comes again by `make redrive` is older
-- than what stands there. What lies in the future was noted by a clock that was wrong.
-- KEYS (shared/redis/keys.py): 1 FACTS hash   ARGV: 1 when it was accepted, 2 now (Unix seconds)
-- Returns 1 if it was noted.
local facts, accepted, now = KEYS[1], ARGV[1], ARGV[2]

local held = tonumber(redis.call('HGET', facts, 'last_webhook_at') or '')
if held and held >= tonumber(accepted) and held <= tonumber(now) then return 0 end
redis.call('HSET', facts, 'last_webhook_at', accepted)
return 1
