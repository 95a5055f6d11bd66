-- Records that the data was migrated to the next layout, unless another process migrates it by now.
-- KEYS: 1 lease string, 2 STATE hash
-- ARGV: 1 token of the lease's owner, 2 layout before, 3 layout now
-- Returns 1; 0 when the lease is lost or the data has another layout.
local lease, state = KEYS[1], KEYS[2]
local owner, before, now = ARGV[1], ARGV[2], ARGV[3]

if redis.call('GET', lease) ~= owner then return 0 end
if (redis.call('HGET', state, 'layout') or '0') ~= before then return 0 end
redis.call('HSET', state, 'layout', now)
return 1
