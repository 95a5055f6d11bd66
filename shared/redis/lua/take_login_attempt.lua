-- Takes one login attempt before the password is checked, if no limit is reached.
-- include: _count
-- given: address:hash wider:hash name:hash
-- args: window:number while_checked:number most_of_address:number most_of_wider:number most_of_name:number
-- returns: int
-- Each hash has `taken` (attempts that failed or are being checked) and `failed`. window: seconds.
-- while_checked: seconds to wait while attempts are being checked. Returns seconds to wait; 0: the
-- attempt is taken. Refused attempts are not counted.

local function wait_for(key, most)
  local counts = redis.call('HMGET', key, 'taken', 'failed')
  if (tonumber(counts[2]) or 0) >= most then return math.max(redis.call('TTL', key), 1) end
  return (tonumber(counts[1]) or 0) >= most and while_checked or 0
end

local wait = math.max(
  wait_for(KEYS.address, most_of_address),
  wait_for(KEYS.wider, most_of_wider),
  wait_for(KEYS.name, most_of_name))
if wait > 0 then return wait end
for _, key in ipairs({KEYS.address, KEYS.wider, KEYS.name}) do
  if count_up(key, 'taken', 1) == 1 then redis.call('EXPIRE', key, window) end
end
return 0
