-- Deletes a field of a hash only while it still has the value that the caller saw.
-- given: hash:hash
-- args: field seen
-- returns: bool

if redis.call('HGET', KEYS.hash, field) == seen then return redis.call('HDEL', KEYS.hash, field) end
return 0
