-- The journal: numbers an event, stores it, publishes it.
-- constants: EVENTS

local JOURNAL_MAX = 50000

local last_seq -- of the events of this script

-- kind: event type; scope: '"account_id":1,"chat_id":"x"'; now, accepted: numbers as text;
-- body: ',"name":value' pieces.
local function emit(kind, scope, now, accepted, body)
  local state = redis.call('HMGET', KEYS.state, 'epoch', 'seq')
  last_seq = tonumber(state[2] or 0) + 1
  local number = string.format('%d', last_seq)
  redis.call('HSET', KEYS.state, 'seq', number, 'at', now)
  local event = '{"type":"' .. kind .. '","seq":' .. number .. ',' .. scope
    .. ',"at":' .. now .. body .. '}'
  redis.call('XADD', KEYS.journal, 'MAXLEN', '~', JOURNAL_MAX, number .. '-0', 'e', event)
  redis.call('PUBLISH', EVENTS, (state[1] or '-') .. ' ' .. number .. ' ' .. accepted .. '\n' .. event)
end

-- The seq of the newest event.
local function seq_reached() return last_seq or tonumber(redis.call('HGET', KEYS.state, 'seq') or 0) end
