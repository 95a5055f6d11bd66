-- Records when the newest webhook was accepted.
-- One that waited on a disk or was redriven is older than what stands there; a time in the future was
-- recorded by a wrong clock and is replaced.
-- keys: facts:hash
-- args: accepted:time now:time
-- returns: bool

local held = tonumber(redis.call('HGET', KEYS.facts, 'last_webhook_at') or '')
if held and held >= tonumber(accepted) and held <= tonumber(now) then return 0 end
redis.call('HSET', KEYS.facts, 'last_webhook_at', accepted)
return 1
