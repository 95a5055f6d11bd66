-- Opens an epoch for this run of Redis.
-- A server that was restarted or failed over gets a new one, because it may have lost its tail and
-- would use numbers again.
-- constants: UNFINISHED_LAYOUT EVENTS
-- keys: state:hash journal:stream
-- args: run_id fresh known:number? commits:number?
-- returns: epoch:text seq:int
-- fresh: the epoch to take if this run is new. known: the newest layout that the caller knows
-- (shared/redis/layout.py). An error when the data is newer than the caller. commits: 1 for a caller that
-- commits, and UNFIT where its user may not publish: its commits would be refused half way.

if commits == 1 and redis.acl_check_cmd and not redis.acl_check_cmd('PUBLISH', EVENTS, '') then
  return redis.error_reply('UNFIT')
end
local state = redis.call('HMGET', KEYS.state, 'run_id', 'epoch', 'seq', 'layout')
local layout = tonumber(state[4])
if layout == UNFINISHED_LAYOUT then
  return redis.error_reply('LAYOUT a restore into this Redis has begun and not ended')
end
if known and layout and layout > known then
  return redis.error_reply('LAYOUT the data has layout ' .. layout .. ', this version knows ' .. known)
end
if state[1] == run_id and state[2] then
  return {state[2], tonumber(state[3]) or 0}
end

-- At `maxmemory` a script may go on writing after a first write that needs no memory: so a full Redis
-- can be read.
redis.call('HDEL', KEYS.state, 'run_id')
if known and not state[2] then redis.call('HSET', KEYS.state, 'layout', known) end
local seq = tonumber(state[3]) or 0
local newest = redis.call('XREVRANGE', KEYS.journal, '+', '-', 'COUNT', 1)
if newest[1] then
  seq = math.max(seq, tonumber(string.match(newest[1][1], '^%d+')))
end
redis.call('HSET', KEYS.state, 'run_id', run_id, 'epoch', fresh, 'seq', string.format('%d', seq))
return {fresh, seq}
