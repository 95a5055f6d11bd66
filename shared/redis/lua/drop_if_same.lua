-- Deletes a string only while it still has the value that the caller saw.
-- KEYS: 1 any string
-- ARGV: 1 the value seen
-- Returns 1 if it was deleted, else 0.
local key, seen = KEYS[1], ARGV[1]
if redis.call('GET', key) == seen then return redis.call('DEL', key) end
return 0
