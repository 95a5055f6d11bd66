-- include: _journal _withdrawn
-- Remembers that a reply was withdrawn before it came: should it come, it is not queued.
-- KEYS: 1 withdrawn zset, 2 reply hash
-- ARGV: 1 now (Unix seconds), 2 ref
-- Returns 1, or 0 when the reply has come already.
local wrong = expect_types({'zset', 'hash'})
if wrong then return wrong end

if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1] - WITHDRAWN_KEPT_S)
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -WITHDRAWN_MOST - 1)
redis.call('EXPIRE', KEYS[1], WITHDRAWN_KEPT_S)
return 1
