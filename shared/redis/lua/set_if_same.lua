-- Sets a string only while it still has the value that the caller saw.
-- given: string:string
-- args: seen new
-- returns: bool

if redis.call('GET', KEYS.string) ~= seen then return 0 end
redis.call('SET', KEYS.string, new)
return 1
