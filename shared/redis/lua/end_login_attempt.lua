-- Ends an attempt that take_login_attempt.lua took. After the end of a window only a failure begins a
-- new one.
-- KEYS: 1 the hash of the address, 2 the hash of the name (take_login_attempt.lua)
-- ARGV: 1 `right`, `wrong` or `unjudged`, 2 seconds that a window lasts
-- Returns nothing.
local outcome, window = ARGV[1], tonumber(ARGV[2])
for _, key in ipairs(KEYS) do
  local taken = tonumber(redis.call('HGET', key, 'taken')) or 0
  if outcome == 'wrong' then
    redis.call('HINCRBY', key, 'failed', 1)
    if taken == 0 then
      redis.call('HSET', key, 'taken', 1)
      redis.call('EXPIRE', key, window)
    end
  elseif taken > 1 then
    redis.call('HINCRBY', key, 'taken', -1)
  elseif taken == 1 then
    redis.call('DEL', key)
  end
end
if outcome == 'right' then redis.call('DEL', KEYS[2]) end
