-- Acknowledges an inbox entry that changes nothing, or passes a canary on to the gateways.
-- include: _count
-- constants: EVENTS INBOX_GROUP
-- keys: state:hash inbox:stream facts:hash counters:hash to_recheck:hash
-- args: entry now:time canary:time? account_id chats*
-- returns: bool
-- canary: when it was accepted; absent: it is none. chats: to be read at Avito, since something happened
-- there. Returns whether it is a canary.

if #chats > 0 and #redis.call('XRANGE', KEYS.inbox, entry, entry) > 0 then
  for _, chat in ipairs(chats) do redis.call('HSET', KEYS.to_recheck, chat, entry) end
  count_up(KEYS.counters, 'chat_events', 1)
end
redis.call('XACK', KEYS.inbox, INBOX_GROUP, entry)
redis.call('XDEL', KEYS.inbox, entry)
if canary == '' then return 0 end

local state = redis.call('HMGET', KEYS.state, 'epoch', 'seq')
local head = state[2] or '0'
redis.call('HSET', KEYS.facts, 'last_canary_at', now)
redis.call('PUBLISH', EVENTS, (state[1] or '-') .. ' - ' .. canary .. '\n{"type":"canary","seq":'
  .. head .. ',"at":' .. now .. '}')
return 1
