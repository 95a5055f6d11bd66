-- Writes down what has ended of anybody's access.
-- KEYS[1] keys.ACCESS_ENDED
-- ARGV: field, value, for each
local held = redis.call('TYPE', KEYS[1]).ok
if held ~= 'none' and held ~= 'hash' then
  return redis.error_reply('WRONGTYPE ' .. KEYS[1] .. ' holds ' .. held .. ', not hash')
end
if #ARGV == 0 or #ARGV % 2 ~= 0 then return redis.error_reply('ERR record_revocations: ' .. #ARGV .. ' arguments') end

-- After a first write that needs no memory a script may go on at `maxmemory`: access can be ended in a full Redis.
redis.call('HDEL', KEYS[1], ARGV[1])
for at = 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) end
return #ARGV / 2
