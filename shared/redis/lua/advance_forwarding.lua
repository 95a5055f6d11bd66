-- Advances the position up to which events were forwarded, only while it is where the caller saw it
-- and the epoch is that of the events: after a lost tail their numbers are used again.
-- KEYS: 1 FORWARDING_POSITION string, 2 STATE hash
-- ARGV: 1 the position seen, 2 the new one, 3 epoch of the events
-- Returns 1 if it was advanced, else 0.
local position, state = KEYS[1], KEYS[2]
local seen, reached, epoch = ARGV[1], ARGV[2], ARGV[3]

if redis.call('GET', position) ~= seen or redis.call('HGET', state, 'epoch') ~= epoch then return 0 end
redis.call('SET', position, reached)
return 1
