-- Records which webhook URL Avito lists and, while it is ours, since when webhooks are expected.
-- That begins anew with each epoch: a message that the Redis before had taken in may be lost, and a
-- sweep that brings it back is no sign of a missed webhook.
-- keys: state:hash facts:hash found_by_sweep:zset missed_webhooks:zset
-- given: lease:string
-- args: now:time listed host owner
-- returns: bool
-- listed: `ours`, `another` or `none`. host: another's ('' none). Returns false when the lease is not
-- the owner's: nothing was changed.

if redis.call('GET', KEYS.lease) ~= owner then return 0 end

redis.call('HSET', KEYS.facts, 'listed', listed, 'subscribed', listed == 'ours' and 1 or 0, 'listed_host', host)
if listed ~= 'ours' then
  redis.call('HDEL', KEYS.facts, 'subscribed_since', 'subscribed_epoch')
  redis.call('DEL', KEYS.found_by_sweep, KEYS.missed_webhooks)
  return 1
end
local epoch = redis.call('HGET', KEYS.state, 'epoch') or ''
local since, before = unpack(redis.call('HMGET', KEYS.facts, 'subscribed_since', 'subscribed_epoch'))
since = tonumber(since or '')
local set_back = since and since > tonumber(now) -- the clock was set back
if not since or set_back or (before and before ~= epoch) then
  redis.call('HSET', KEYS.facts, 'subscribed_since', now)
  redis.call('DEL', KEYS.found_by_sweep)
end
redis.call('HSET', KEYS.facts, 'subscribed_epoch', epoch)
return 1
