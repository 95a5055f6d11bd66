-- Sets a field of a hash only while it still has the value that the caller saw.
-- given: hash:hash
-- args: field seen new
-- returns: bool

if redis.call('HGET', KEYS.hash, field) ~= seen then return 0 end
redis.call('HSET', KEYS.hash, field, new)
return 1
