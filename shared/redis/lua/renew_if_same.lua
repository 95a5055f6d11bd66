-- Renews a lease that is still the caller's.
-- KEYS: 1 lease string
-- ARGV: 1 token of the owner, 2 milliseconds
-- Returns 1 if it was renewed, else 0.
local key, owner, ms = KEYS[1], ARGV[1], ARGV[2]
if redis.call('GET', key) == owner then return redis.call('PEXPIRE', key, ms) end
return 0
