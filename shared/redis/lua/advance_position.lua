-- Advances the saved position of a follower, only while it is where the caller saw it.
-- The epoch must be that of the events: after a lost tail their numbers are used again.
-- keys: state:hash journal_positions:hash
-- args: name seen epoch reached:int
-- returns: bool
-- seen: '' for none.

if (redis.call('HGET', KEYS.journal_positions, name) or '') ~= seen then return 0 end
if (redis.call('HGET', KEYS.state, 'epoch') or '') ~= epoch then return 0 end
redis.call('HSET', KEYS.journal_positions, name, epoch .. ' ' .. reached)
return 1
