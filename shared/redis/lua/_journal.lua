-- The journal: numbers an event, stores it, publishes it.
-- constants: EVENTS

local JOURNAL_MAX = 50000
local JOURNAL_BYTES = 64 * 1024 * 1024 -- looked at every so many events:
local LOOKED_AT_EVERY = 16
local ROWS_AT_ONCE = 64

-- Tells whether JSON may stand in an event. cjson alone takes bytes that are no text.
local function is_shown(json) return not json:find('[%z\1-\31\192\193\245-\255]') and pcall(cjson.decode, json) end

local last_seq -- of the events of this script

-- The seq of the newest event, as the state says, or else the journal.
local function seq_of(state)
  if (state or '0'):find('^%d+$') then return tonumber(state or 0) end
  local newest = redis.call('XREVRANGE', KEYS.journal, '+', '-', 'COUNT', 1)[1]
  return newest and tonumber(newest[1]:match('^%d+')) or 0
end

-- Returns the id of the first event from which on JOURNAL_BYTES are kept at most, nil where there is none.
-- total: bytes of all events ever. An event's `b` is that number before it; those that an earlier version
-- stored have none and go first.
local function first_kept(total)
  local from = '-'
  while true do
    local rows = redis.call('XRANGE', KEYS.journal, from, '+', 'COUNT', ROWS_AT_ONCE)
    for _, row in ipairs(rows) do
      if total - (tonumber(row[2][4]) or 0) <= JOURNAL_BYTES then return row[1] end
    end
    if #rows < ROWS_AT_ONCE then return nil end
    from = '(' .. rows[ROWS_AT_ONCE][1]
  end
end

local function append(number, event, before)
  local kept = last_seq % LOOKED_AT_EVERY == 0 and first_kept(before + #event)
  redis.call('XADD', KEYS.journal, kept and 'MINID' or 'MAXLEN', '~', kept or JOURNAL_MAX, number .. '-0',
    'e', event, 'b', string.format('%d', before))
end

-- kind: event type; scope: '"account_id":1,"chat_id":"x"'; now, accepted: numbers as text;
-- body: ',"name":value' pieces.
local function emit(kind, scope, now, accepted, body)
  local state = redis.call('HMGET', KEYS.state, 'epoch', 'seq', 'journaled')
  last_seq = seq_of(state[2]) + 1
  local number = string.format('%d', last_seq)
  local before = tonumber((state[3] or ''):match('^%d+$')) or 0
  local event = '{"type":"' .. kind .. '","seq":' .. number .. ',' .. scope
    .. ',"at":' .. now .. body .. '}'
  redis.call('HSET', KEYS.state, 'seq', number, 'at', now, 'journaled', string.format('%d', before + #event))
  append(number, event, before)
  redis.call('PUBLISH', EVENTS, (state[1] or '-') .. ' ' .. number .. ' ' .. accepted .. '\n' .. event)
end

-- The seq of the newest event.
local function seq_reached() return last_seq or seq_of(redis.call('HGET', KEYS.state, 'seq')) end
