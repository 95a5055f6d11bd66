-- Keeps a lease that is still the caller's for longer.
-- KEYS[1] keys.lease string   ARGV[1] owner token, ARGV[2] milliseconds   Returns 1 if it is still theirs.
local key, owner, ms = KEYS[1], ARGV[1], ARGV[2]
if redis.call('GET', key) == owner then return redis.call('PEXPIRE', key, ms) end
return 0
