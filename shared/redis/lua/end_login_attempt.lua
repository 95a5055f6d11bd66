-- Ends a try that take_login_attempt took. A window that has ended meanwhile is begun only by a failure.
-- KEYS[1] the address' hash, KEYS[2] the name's, see take_login_attempt.lua
-- ARGV[1] `right`, `wrong` or `unjudged`, ARGV[2] seconds that a window lasts
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
