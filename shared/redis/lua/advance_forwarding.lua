-- Moves the place up to which events were forwarded, only while it is where the caller saw it and the epoch is
-- still that of the events: after a lost tail their numbers are used again.
-- KEYS (shared/redis/keys.py): 1 FORWARDED string, 2 STATE hash   ARGV: 1 the place seen, 2 the new one, 3 epoch
-- Returns 1 if it was moved.
local place, state = KEYS[1], KEYS[2]
local seen, reached, epoch = ARGV[1], ARGV[2], ARGV[3]

if redis.call('GET', place) ~= seen or redis.call('HGET', state, 'epoch') ~= epoch then return 0 end
redis.call('SET', place, reached)
return 1
