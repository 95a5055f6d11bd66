-- Deletes a field of a hash only while it still holds what the caller saw.
-- KEYS[1] any hash of shared/redis/keys.py   ARGV[1] field, ARGV[2] the value seen   Returns 1 if it was deleted.
local key, field, seen = KEYS[1], ARGV[1], ARGV[2]
if redis.call('HGET', key, field) == seen then return redis.call('HDEL', key, field) end
return 0
