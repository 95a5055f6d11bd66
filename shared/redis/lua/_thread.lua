-- The thread of a chat: merges messages, keeps the newest, moves the chat's marks.
-- Needs _message.lua, _notice.lua and _chat.lua.

local function set_mark(chat, name, m)
  chat[name] = later(chat[name], m.created .. ' ' .. member_of(m))
end

-- A message at a mark has moved within its second: finds the mark again among the messages of that
-- second.
local function find_mark_again(chat, name, moved, belongs)
  if chat[name] ~= moved then return end
  local created = moved:match('^%S+')
  chat[name] = ''
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS.thread, created, created)) do
    local m = load_message(id_of(member))
    if m and belongs(m) then set_mark(chat, name, m) end
  end
end

-- An answer mark at a message that is no answer was set by mark_answered.lua: it stays at the last of
-- the messages that it covered, whatever their ranks are now.
local function keep_dismissal(chat, moved, held)
  local created = moved:match('^%S+')
  chat.answer = held.created .. ' ' .. member_of(held)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS.thread, created, created)) do
    if not after(created, member, moved) then chat.answer = later(chat.answer, created .. ' ' .. member) end
  end
end

local function is_out(m) return m.direction == 'o' and m.own ~= AUTOMATIC end
local function is_answer(m) return m.answers end
local function is_read(m) return m.read and m.direction ~= 'o' end

local function set_marks(chat, m)
  if is_out(m) then set_mark(chat, 'out', m) end
  if is_answer(m) then set_mark(chat, 'answer', m) end
  if is_read(m) then set_mark(chat, 'read', m) end
end

-- Stores a message; tells whether its place in the thread is new.
local function store(chat, m)
  m.level = level_of(chat, m)
  redis.call('HSET', KEYS.messages, m.id, pack_message(m))
  stored[m.id] = true
  local member = member_of(m)
  local is_added = redis.call('ZADD', KEYS.thread, m.created, member) == 1
  if m.level ~= '0' then
    redis.call('ZADD', KEYS.waiting, m.created, member)
  else
    redis.call('ZREM', KEYS.waiting, member)
  end
  return is_added
end

-- Shows operators the rank of a stored message from now on; its event is to be emitted.
local function tell_rank(m)
  if m.told_rank == m.rank then return end
  m.told_rank = m.rank
  redis.call('HSET', KEYS.messages, m.id, pack_message(m))
end

-- The place of a message among those of its second.
local function place_of(created, member)
  for place, tied in ipairs(redis.call('ZRANGEBYSCORE', KEYS.thread, created, created)) do
    if tied == member then return place end
  end
end

local function move(chat, held, from)
  redis.call('ZREM', KEYS.thread, from.member)
  redis.call('ZREM', KEYS.waiting, from.member)
  store(chat, held)
  local mark = from.created .. ' ' .. from.member
  find_mark_again(chat, 'out', mark, is_out)
  if chat.answer == mark and not from.answers then
    keep_dismissal(chat, mark, held)
  else
    find_mark_again(chat, 'answer', mark, is_answer)
  end
  find_mark_again(chat, 'read', mark, is_read)
end

-- A message that was stored as our answer is none (it is automatic, a bot's, Avito's, or a taken call that
-- was deleted), or was written at another time than it seemed. The marks at it (`lost.out`, `lost.answer`)
-- go back to an earlier message, which may be a
-- dismissed one, and messages that only it had answered wait again.
local function retract_marks(chat, lost)
  if lost.out then chat.out = '' end
  if lost.answer then chat.answer = '' end
  for _, member in ipairs(redis.call('ZREVRANGE', KEYS.thread, 0, -1)) do
    if chat.out ~= '' and chat.answer ~= '' then return end
    local id = id_of(member)
    local m = load_message(id)
    if m then
      if lost.out and is_out(m) then set_mark(chat, 'out', m) end
      local answers = lost.answer and (is_answer(m) or redis.call('ZSCORE', KEYS.dismissed, id))
      if answers then set_mark(chat, 'answer', m) end
      if m.level ~= '0' then redis.call('ZADD', KEYS.waiting, m.created, member) end
    end
  end
end

-- Finds the marks again that could not be read. Nothing before the oldest stored message is new.
local function find_lost_marks(chat)
  local lost = chat.lost
  if not lost then return end
  for name in pairs(lost) do chat.held[name] = nil end
  local oldest = lost.floor and redis.call('ZRANGE', KEYS.thread, 0, 0, 'WITHSCORES') or {}
  if oldest[1] then chat.floor = number_text(oldest[2]) .. ' ' .. oldest[1] end
  if lost.out or lost.answer then retract_marks(chat, lost) end
  if lost.read then
    each_held(false, function(m) if is_read(m) then set_mark(chat, 'read', m) end end)
  end
end

-- Removes a message that cannot be read, to be replaced by what Avito says.
local function drop_unreadable(id)
  redis.call('HDEL', KEYS.messages, id)
  for _, member in ipairs(redis.call('ZRANGE', KEYS.thread, 0, -1)) do
    if id_of(member) == id then
      redis.call('ZREM', KEYS.thread, member)
      redis.call('ZREM', KEYS.waiting, member)
    end
  end
end

-- Merges one report of a message. Returns the message as it is stored now, and 'new', 'changed' or nil
-- (no change that an operator could see; also for a message at or below the floor that is not stored).
-- A rank is seen only where it moves the message among those of its second.
-- The third value is true for the notice that a message was deleted whose id is unknown here and may
-- never appear in a list of Avito's. Of a message that was stored before, `was` is its position
-- before; `moved` tells whether it stands elsewhere now.
local function merge_report(chat, m)
  local held, value = load_message(m.id)
  if not held then
    if m.announces_deletion then return m, nil, true end
    if value then
      drop_unreadable(m.id)
    elseif chat.floor ~= '' and not after(m.created, member_of(m), chat.floor) then
      if is_word(m) then chat.word = 'gone' end
      return m, nil
    end
    if m.deleted then erase(m) end
    apply_automatic(m)
    note_word(chat, m)
    m.told_rank = m.rank
    local was_there = not store(chat, m) or value ~= false
    set_marks(chat, m)
    m.replaces, m.moved = was_there, was_there
    return m, was_there and 'changed' or 'new'
  end
  -- Its text was hidden by a tariff: these words settle nothing before the thread is read.
  if m.announces_deletion and is_text_unknown(held) then return held, nil, true end
  local before = message_json(held)
  local from = {
    created = held.created, member = member_of(held), answers = held.answers,
    out = is_out(held), word = is_word(held),
  }
  held.was = {created = from.created, member = from.member}
  merge_message(held, m)
  note_word(chat, held, from.word)
  held.level = level_of(chat, held)
  if pack_message(held) == value then return held, nil end
  local mark = from.created .. ' ' .. from.member
  local is_elsewhere = held.created ~= from.created
  local lost = {
    out = from.out and (is_elsewhere or not is_out(held)) and chat.out == mark,
    answer = from.answers and (is_elsewhere or not held.answers) and chat.answer == mark,
  }
  if held.created ~= from.created or member_of(held) ~= from.member then
    local place = place_of(from.created, from.member)
    move(chat, held, from)
    held.moved = held.created ~= from.created or place_of(held.created, member_of(held)) ~= place
  else
    store(chat, held)
  end
  if lost.out or lost.answer then retract_marks(chat, lost) end
  set_marks(chat, held)
  if not held.moved and message_json(held) == before then return held, nil end
  if held.moved then tell_rank(held) end -- else the screen's order would need the ranks beside it
  return held, 'changed'
end

-- Tells whether a message did not ring for standing before what we had `seen`. A rank may put it after.
local function was_hidden(m, seen)
  return m.was ~= nil and m.unrung and not after(m.was.created, m.was.member, seen)
end

-- Rings for a message that is new or was hidden, once, and not while it is hidden; tells whether it does.
-- What is stored may be newer than `m`, or trimmed.
local function ring(chat, m, seen)
  if level_of(chat, m) == '0' then return false end
  local rings = after(m.created, member_of(m), seen)
  local held = rings == (m.unrung or false) and load_message(m.id)
  if held then
    held.unrung = not rings
    redis.call('HSET', KEYS.messages, m.id, pack_message(held))
  end
  return rings
end

-- Tells whether one of the messages is of the same second as our last one.
local function concerns_our_last(chat, messages)
  local ours = chat.out ~= '' and (split_mark(chat.out))
  for _, m in ipairs(messages) do
    if tonumber(m.created) == ours then return true end
  end
  return false
end

-- Deletes all but the newest `keep` messages and raises the floor to the last one deleted.
local function trim_thread(chat, keep)
  local excess = redis.call('ZCARD', KEYS.thread) - keep
  if excess <= 0 then return end
  local gone = redis.call('ZRANGE', KEYS.thread, 0, excess - 1, 'WITHSCORES')
  for i = 1, #gone, 2 do
    local id = id_of(gone[i])
    local m = chat.word ~= 'gone' and load_message(id)
    if m and is_word(m) then chat.word = 'gone' end
    redis.call('HDEL', KEYS.messages, id)
    redis.call('ZREM', KEYS.thread, gone[i])
    redis.call('ZREM', KEYS.waiting, gone[i])
    chat.floor = later(chat.floor, number_text(gone[i + 1]) .. ' ' .. gone[i])
  end
end
