-- The journal: numbers an event, stores it, publishes it.
-- constants: EVENTS

local JOURNAL_MAX = 50000

-- Tells whether JSON may stand in an event. cjson alone takes bytes that are no text.
local function is_shown(json) return not json:find('[%z\1-\31\192\193\245-\255]') and pcall(cjson.decode, json) end

local last_seq -- of the events of this script

-- The seq of the newest event, as the state says, or else the journal.
local function seq_of(state)
  if (state or '0'):find('^%d+$') then return tonumber(state or 0) end
  local newest = redis.call('XREVRANGE', KEYS.journal, '+', '-', 'COUNT', 1)[1]
  return newest and tonumber(newest[1]:match('^%d+')) or 0
end

-- kind: event type; scope: '"account_id":1,"chat_id":"x"'; now, accepted: numbers as text;
-- body: ',"name":value' pieces.
local function emit(kind, scope, now, accepted, body)
  local state = redis.call('HMGET', KEYS.state, 'epoch', 'seq')
  last_seq = seq_of(state[2]) + 1
  local number = string.format('%d', last_seq)
  redis.call('HSET', KEYS.state, 'seq', number, 'at', now)
  local event = '{"type":"' .. kind .. '","seq":' .. number .. ',' .. scope
    .. ',"at":' .. now .. body .. '}'
  redis.call('XADD', KEYS.journal, 'MAXLEN', '~', JOURNAL_MAX, number .. '-0', 'e', event)
  redis.call('PUBLISH', EVENTS, (state[1] or '-') .. ' ' .. number .. ' ' .. accepted .. '\n' .. event)
end

-- The seq of the newest event.
local function seq_reached() return last_seq or seq_of(redis.call('HGET', KEYS.state, 'seq')) end
