-- Remembers that a reply was withdrawn before it came: should it come, it is not queued.
-- constants: WITHDRAWN_KEPT_S
-- keys: withdrawn:zset reply:hash
-- args: now:time ref
-- returns: bool
-- Returns false when the reply has come already.

local KEPT = 10000

if redis.call('EXISTS', KEYS.reply) == 1 then return 0 end
redis.call('ZADD', KEYS.withdrawn, now, ref)
redis.call('ZREMRANGEBYSCORE', KEYS.withdrawn, '-inf', now - WITHDRAWN_KEPT_S)
redis.call('ZREMRANGEBYRANK', KEYS.withdrawn, 0, -KEPT - 1)
redis.call('EXPIRE', KEYS.withdrawn, WITHDRAWN_KEPT_S)
return 1
