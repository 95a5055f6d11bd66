-- Sets a position in the journal, unless a new epoch has begun since the caller read the events.
-- After a lost tail their numbers are used again.
-- keys: state:hash
-- given: position:string
-- args: reached:int epoch
-- returns: bool

if (redis.call('HGET', KEYS.state, 'epoch') or '') ~= epoch then return 0 end
redis.call('SET', KEYS.position, reached)
return 1
