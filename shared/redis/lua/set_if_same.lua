-- Sets a string only while it still has the value that the caller saw.
-- KEYS: 1 any string
-- ARGV: 1 the value seen, 2 the new one
-- Returns 1 if it was set, else 0.
local key, seen, new = KEYS[1], ARGV[1], ARGV[2]
if redis.call('GET', key) ~= seen then return 0 end
redis.call('SET', key, new)
return 1
