-- Deletes a string only while it still has the value that the caller saw.
-- given: string:string
-- args: seen
-- returns: bool

if redis.call('GET', KEYS.string) == seen then return redis.call('DEL', KEYS.string) end
return 0
