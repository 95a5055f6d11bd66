-- include: _journal
-- Records which webhook URL Avito lists and, while it is ours, since when webhooks are expected. That
-- begins anew with each epoch: a message that the Redis before had taken in may be lost, and a sweep
-- that brings it back is no sign of a missed webhook.
-- KEYS: 1 STATE hash, 2 FACTS hash, 3 found_by_sweep zset, 4 missed_webhooks zset, 5 lease string
-- ARGV: 1 now (Unix seconds), 2 `ours`, `another` or `none`, 3 host of another's ('' none), 4 token of
--   the lease's owner
-- Returns 1; 0 when the lease is another process's: nothing was changed.
local facts, found_by_sweep, missed = KEYS[2], KEYS[3], KEYS[4]
local now, listed, host, owner = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local wrong = expect_types({'hash', 'hash', 'zset', 'zset', 'string'})
if wrong then return wrong end
if redis.call('GET', KEYS[5]) ~= owner then return 0 end

redis.call('HSET', facts, 'listed', listed, 'subscribed', listed == 'ours' and 1 or 0, 'listed_host', host)
if listed ~= 'ours' then
  redis.call('HDEL', facts, 'subscribed_since', 'subscribed_epoch')
  redis.call('DEL', found_by_sweep, missed)
  return 1
end
local epoch = redis.call('HGET', KEYS[1], 'epoch') or ''
local since, before = unpack(redis.call('HMGET', facts, 'subscribed_since', 'subscribed_epoch'))
local set_back = since and tonumber(since) > tonumber(now) -- the clock was set back
if not since or set_back or (before and before ~= epoch) then
  redis.call('HSET', facts, 'subscribed_since', now)
  redis.call('DEL', found_by_sweep)
end
redis.call('HSET', facts, 'subscribed_epoch', epoch)
return 1
