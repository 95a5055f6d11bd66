-- Reserves space for a picture among those that wait to be sent, if there is enough.
-- KEYS: 1 PICTURES zset
-- ARGV: 1 now, 2 when it expires (Unix seconds), 3 member `<picture id> <bytes>`, 4 bytes, 5 most
--   bytes in all, 6 most pictures
-- Returns 1, or 0 when there is not enough.
local now, expires, member, size = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local most_bytes, most_pictures = tonumber(ARGV[5]), tonumber(ARGV[6])

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local kept = redis.call('ZRANGE', KEYS[1], 0, -1)
local taken = 0
for _, one in ipairs(kept) do taken = taken + tonumber(one:match('%d+$')) end
if #kept >= most_pictures or taken + size > most_bytes then return 0 end
redis.call('ZADD', KEYS[1], expires, member)
return 1
