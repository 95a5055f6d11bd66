-- Advances the position up to which events were forwarded, only while it is where the caller saw it.
-- The epoch must be that of the events: after a lost tail their numbers are used again.
-- keys: forwarding_position:string state:hash
-- args: seen:int reached:int epoch
-- returns: bool

if redis.call('GET', KEYS.forwarding_position) ~= seen or redis.call('HGET', KEYS.state, 'epoch') ~= epoch then
  return 0
end
redis.call('SET', KEYS.forwarding_position, reached)
return 1
