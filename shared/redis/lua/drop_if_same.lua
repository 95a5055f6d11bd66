-- Deletes a string only while it still holds what the caller saw: a token, a lease of its own.
-- KEYS[1] any string of shared/redis/keys.py   ARGV[1] the value seen   Returns 1 if it was deleted.
local key, seen = KEYS[1], ARGV[1]
if redis.call('GET', key) == seen then return redis.call('DEL', key) end
return 0
