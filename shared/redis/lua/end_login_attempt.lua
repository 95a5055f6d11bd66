-- Ends an attempt that take_login_attempt.lua took.
-- After the end of a window only a failure begins a new one.
-- include: _count
-- given: address:hash wider:hash name:hash
-- args: outcome window:number
-- returns: none
-- outcome: `right`, `wrong` or `unjudged`. window: seconds.

for _, key in ipairs({KEYS.address, KEYS.wider, KEYS.name}) do
  local taken = tonumber(redis.call('HGET', key, 'taken')) or 0
  if outcome == 'wrong' then
    count_up(key, 'failed', 1)
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
if outcome == 'right' then redis.call('DEL', KEYS.name) end
