-- Names this run of Redis: a server that was restarted or failed over gets a new epoch,
-- because it may have lost its tail and would use numbers again.
-- KEYS[1] keys.STATE, KEYS[2] keys.JOURNAL
-- ARGV[1] run_id of the server, ARGV[2] the epoch to take if this run is new
-- Returns {epoch, seq}.
local run_id, fresh = ARGV[1], ARGV[2]

local state = redis.call('HMGET', KEYS[1], 'run_id', 'epoch', 'seq')
if state[1] == run_id and state[2] then
  return {state[2], tonumber(state[3]) or 0}
end

local seq = tonumber(state[3]) or 0
local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
if newest[1] then
  seq = math.max(seq, tonumber(string.match(newest[1][1], '^%d+')))
end
redis.call('HSET', KEYS[1], 'run_id', run_id, 'epoch', fresh, 'seq', string.format('%d', seq))
return {fresh, seq}
