-- include: _journal
-- Writes down what stands at Avito and, while our URL does, since when webhooks are expected. That begins anew with
-- each epoch: what the Redis before had taken in may be lost, and a sweep that brings it back is no lost webhook.
-- KEYS (shared/redis/keys.py): 1 STATE hash, 2 FACTS hash, 3 unproved zset, 4 misses zset, 5 lease string
-- ARGV: 1 now (Unix s), 2 `ours`, `another` or `none`, 3 another's host ('' none), 4 owner of the lease
-- Returns 1, or 0 when the lease is somebody else's by now: then nothing was changed.
local facts, unproved, misses = KEYS[2], KEYS[3], KEYS[4]
local now, listed, host, owner = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local wrong = expect_types({'hash', 'hash', 'zset', 'zset', 'string'})
if wrong then return wrong end
if redis.call('GET', KEYS[5]) ~= owner then return 0 end

redis.call('HSET', facts, 'listed', listed, 'subscribed', listed == 'ours' and 1 or 0, 'listed_host', host)
if listed ~= 'ours' then
  redis.call('HDEL', facts, 'subscribed_since', 'subscribed_epoch')
  redis.call('DEL', unproved, misses)
  return 1
end
local epoch = redis.call('HGET', KEYS[1], 'epoch') or ''
local since, before = unpack(redis.call('HMGET', facts, 'subscribed_since', 'subscribed_epoch'))
local set_back = since and tonumber(since) > tonumber(now) -- the clock was
if not since or set_back or (before and before ~= epoch) then
  redis.call('HSET', facts, 'subscribed_since', now)
  redis.call('DEL', unproved)
end
redis.call('HSET', facts, 'subscribed_epoch', epoch)
return 1
