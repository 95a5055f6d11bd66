-- The journal: numbers an event, stores it, publishes it.
-- Needs KEYS: 1 STATE, 2 JOURNAL.

local JOURNAL_MAX = 50000
local CHANNEL = 'avito:events'

local function expect_type(key, kind)
  local found = redis.call('TYPE', key)
  found = type(found) == 'table' and found.ok or found
  if found == 'none' or found == kind then return nil end
  return redis.error_reply('WRONGTYPE ' .. key .. ' holds ' .. found .. ', not ' .. kind)
end

-- Call it before the first write, since a script that fails rolls nothing back. `first`: the key to
-- begin with.
local function expect_types(expected, first)
  for i, kind in ipairs(expected) do
    local wrong = expect_type(KEYS[(first or 1) + i - 1], kind)
    if wrong then return wrong end
  end
  return nil
end

-- kind: event type; scope: '"account_id":1,"chat_id":"x"'; now, accepted: numbers as text;
-- body: ',"name":value' pieces. Returns the event's seq.
local function emit(kind, scope, now, accepted, body)
  local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1)
  local number = string.format('%d', seq)
  local event = '{"type":"' .. kind .. '","seq":' .. number .. ',' .. scope
    .. ',"at":' .. now .. body .. '}'
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', JOURNAL_MAX, number .. '-0', 'e', event)
  local epoch = redis.call('HGET', KEYS[1], 'epoch') or '-'
  redis.call('PUBLISH', CHANNEL, epoch .. ' ' .. number .. ' ' .. accepted .. '\n' .. event)
  return seq
end
