-- Sets a place in the journal, unless another epoch has begun since the caller read the events: after a lost tail
-- their numbers are used again.
-- KEYS (shared/redis/keys.py): 1 the place (any string), 2 STATE hash   ARGV: 1 the new place, 2 epoch of the events
-- Returns 1 if it was set.
local place, state, reached, epoch = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
if (redis.call('HGET', state, 'epoch') or '') ~= epoch then return 0 end
redis.call('SET', place, reached)
return 1
