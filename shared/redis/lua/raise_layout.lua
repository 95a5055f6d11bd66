-- Records that the data was migrated to the next layout, unless another process migrates it by now.
-- keys: state:hash
-- given: lease:string
-- args: owner before:int after:int
-- returns: bool
-- Returns false when the lease is lost or the data has another layout.

if redis.call('GET', KEYS.lease) ~= owner then return 0 end
if (redis.call('HGET', KEYS.state, 'layout') or '0') ~= before then return 0 end
redis.call('HSET', KEYS.state, 'layout', after)
return 1
