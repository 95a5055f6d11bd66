-- Records access that has ended, in a full Redis too.
-- KEYS: 1 ACCESS_ENDED hash
-- ARGV: field and value of each
-- Returns how many.
local held = redis.call('TYPE', KEYS[1]).ok
if held ~= 'none' and held ~= 'hash' then
  return redis.error_reply('WRONGTYPE ' .. KEYS[1] .. ' holds ' .. held .. ', not hash')
end
if #ARGV == 0 or #ARGV % 2 ~= 0 then
  return redis.error_reply('ERR record_revocations: ' .. #ARGV .. ' arguments')
end

-- At `maxmemory` a script may go on writing after a first write that needs no memory: so access can be
-- revoked.
redis.call('HDEL', KEYS[1], ARGV[1])
for at = 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) end
return #ARGV / 2
