-- Opens an epoch for this run of Redis, and for data that are not those which the caller saw before.
-- A server that was restarted, promoted or given other data may have lost its tail and would use numbers again.
-- constants: UNFINISHED_LAYOUT EVENTS
-- keys: state:hash journal:stream
-- args: run_id fresh mark? over? known:number? commits:number? promoted? seen_epoch? seen_seq:number? seen_event?
-- returns: epoch:text seq:int event:text
-- run_id: '' where Redis hides it; then `mark` is what the caller has found in this run, or given to it because
-- it did not find `over` there (shared/redis/server_run.py).
-- fresh: the epoch to take if this run is new. known: the newest layout that the caller knows
-- (shared/redis/layout.py). An error when the data is newer than the caller. commits: 1 for a caller that
-- commits, and UNFIT where its user may not publish: its commits would be refused half way. promoted: what
-- names the last promotion of this server from a replica ('' none, or unknown). seen_epoch, seen_seq,
-- seen_event: what this returned before ('' nothing): the epoch, its newest event and a digest of that.

if commits == 1 and redis.acl_check_cmd and not redis.acl_check_cmd('PUBLISH', EVENTS, '') then
  return redis.error_reply('UNFIT')
end
local state = redis.call('HMGET', KEYS.state, 'run_id', 'epoch', 'seq', 'layout', 'promoted', 'mark')
local layout = tonumber(state[4])
if layout == UNFINISHED_LAYOUT then
  return redis.error_reply('LAYOUT a restore into this Redis has begun and not ended')
end
if known and layout and layout > known then
  return redis.error_reply('LAYOUT the data has layout ' .. layout .. ', this version knows ' .. known)
end

local function event_at(number)
  local id = string.format('%d-0', number)
  local row = redis.call('XRANGE', KEYS.journal, id, id)[1]
  return row and redis.sha1hex(row[2][2]) or ''
end

local seq = tonumber(state[3]) or 0

local function was_set_back()
  if state[2] ~= seen_epoch or not seen_seq then return false end
  local now = event_at(seen_seq)
  return seq < seen_seq or (now ~= '' and seen_event ~= '' and now ~= seen_event)
end

-- Processes with different rights each know their own name of the run. Another mark than the one that is over
-- is of someone who noticed this run first.
local is_known = run_id == '' or state[1] == run_id
local is_marked = mark == '' or state[6] == mark or (state[6] and state[6] ~= over)
local is_same_run = is_known and is_marked and (promoted == '' or promoted == state[5])
if is_same_run and state[2] and not was_set_back() then
  return {state[2], seq, event_at(seq)}
end

-- At `maxmemory` a script may go on writing after a first write that needs no memory: so a full Redis
-- can be read.
redis.call('HDEL', KEYS.state, run_id == '' and 'mark' or 'run_id')
if known and not state[2] then redis.call('HSET', KEYS.state, 'layout', known) end
local newest = redis.call('XREVRANGE', KEYS.journal, '+', '-', 'COUNT', 1)
if newest[1] then
  seq = math.max(seq, tonumber(string.match(newest[1][1], '^%d+')))
end
redis.call('HSET', KEYS.state, run_id == '' and 'mark' or 'run_id', run_id == '' and mark or run_id,
  'promoted', promoted, 'epoch', fresh, 'seq', string.format('%d', seq))
return {fresh, seq, event_at(seq)}
