-- Acknowledges an inbox entry that changes nothing (a probe), or passes a canary on to the gateways.
-- constants: EVENTS INBOX_GROUP
-- keys: state:hash inbox:stream facts:hash
-- args: entry now:time canary:time?
-- returns: bool
-- canary: when it was accepted; absent: a probe. Returns whether it is a canary.

redis.call('XACK', KEYS.inbox, INBOX_GROUP, entry)
redis.call('XDEL', KEYS.inbox, entry)
if canary == '' then return 0 end

local state = redis.call('HMGET', KEYS.state, 'epoch', 'seq')
local head = state[2] or '0'
redis.call('HSET', KEYS.facts, 'last_canary_at', now)
redis.call('PUBLISH', EVENTS, (state[1] or '-') .. ' - ' .. canary .. '\n{"type":"canary","seq":'
  .. head .. ',"at":' .. now .. '}')
return 1
