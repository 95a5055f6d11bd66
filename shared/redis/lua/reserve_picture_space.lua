-- Reserves space for a picture among those that wait to be sent, if there is enough.
-- keys: pictures:zset
-- args: now:time expires:time member size:number most_bytes:number most_pictures:number
-- returns: bool
-- member: `<picture id> <bytes>`. size: bytes. most_bytes: in all.

redis.call('ZREMRANGEBYSCORE', KEYS.pictures, '-inf', now)
local kept = redis.call('ZRANGE', KEYS.pictures, 0, -1)
local taken = 0
for _, one in ipairs(kept) do taken = taken + (tonumber(one:match('%d+$')) or 0) end
if #kept >= most_pictures or taken + size > most_bytes then return 0 end
redis.call('ZADD', KEYS.pictures, expires, member)
return 1
