-- Deletes a field of a hash only while it still has the value that the caller saw.
-- KEYS: 1 any hash
-- ARGV: 1 field, 2 the value seen
-- Returns 1 if it was deleted, else 0.
local key, field, seen = KEYS[1], ARGV[1], ARGV[2]
if redis.call('HGET', key, field) == seen then return redis.call('HDEL', key, field) end
return 0
