-- Sets a position in the journal, unless a new epoch has begun since the caller read the events: after
-- a lost tail their numbers are used again.
-- KEYS: 1 the position (any string), 2 STATE hash
-- ARGV: 1 the new position, 2 epoch of the events
-- Returns 1 if it was set, else 0.
local position, state, reached, epoch = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
if (redis.call('HGET', state, 'epoch') or '') ~= epoch then return 0 end
redis.call('SET', position, reached)
return 1
