-- Reads a part of the journal, as of one instant and within bounds.

local AT_ONCE = 64 -- rows that Redis copies, however long they are, before their bytes are counted

local function id(number) return string.format('%d-0', number) end

-- Adds the events after those read to a list; false at the end, a hole or a bound.
local function read_more(events, seq, head, max_events, room)
  local first, wanted = seq + #events + 1, max_events - #events
  if first > head or wanted < 1 then return false end
  local rows = redis.call('XRANGE', KEYS.journal, id(first), '+', 'COUNT', math.min(wanted, AT_ONCE))
  for at, row in ipairs(rows) do
    local event = row[2][2]
    if row[1] ~= id(first + at - 1) or (#events > 0 and #event > room) then return false end
    events[#events + 1], room = event, room - #event
  end
  return rows[1] and room
end

-- epoch: of the position, nil for the present one. Returns {epoch, head, seq, events}: events that
-- follow seq without a hole, at least one if there is any. Where the journal does not go on from the
-- position (another epoch, trimmed, a hole), events is false and seq the nearest from which it can be read.
-- The epoch returned is false in an emptied Redis.
local function read_journal(epoch, seq, max_events, max_bytes)
  local now = redis.call('HMGET', KEYS.state, 'epoch', 'seq')
  local head = tonumber(now[2]) or 0
  if (epoch == nil or (now[1] or '') == epoch) and seq <= head then
    local events, room = {}, max_bytes
    while room do room = read_more(events, seq, head, max_events, room) end
    if #events > 0 or seq == head then return {now[1], head, seq, events} end
  end
  local next_row = redis.call('XRANGE', KEYS.journal, id(math.min(seq, head) + 1), '+', 'COUNT', 1)[1]
  return {now[1], head, next_row and tonumber(string.match(next_row[1], '^%d+')) - 1 or head, false}
end
