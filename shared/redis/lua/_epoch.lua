-- The epoch, and since when the outbox knows it.

local function epoch_now() return redis.call('HGET', KEYS.state, 'epoch') or '' end

-- When the outbox first saw this epoch: attempts of earlier epochs began before that.
local function epoch_first_seen(epoch, now)
  local known, at = (redis.call('HGET', KEYS.state, 'met') or ''):match('^(%S*) (%S+)$')
  if known == epoch and (tonumber(at) or math.huge) <= tonumber(now) then return at end
  redis.call('HSET', KEYS.state, 'met', epoch .. ' ' .. now)
  return now
end
