-- The thread of a chat: merges messages, keeps the newest, moves the chat's marks.
-- Needs _message.lua and _chat.lua.

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
    local id = id_of(member)
    local m = unpack_message(id, redis.call('HGET', KEYS.messages, id))
    if belongs(m) then set_mark(chat, name, m) end
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
local function is_read(m) return m.direction == 'i' and m.read end

local function set_marks(chat, m)
  if is_out(m) then set_mark(chat, 'out', m) end
  if is_answer(m) then set_mark(chat, 'answer', m) end
  if is_read(m) then set_mark(chat, 'read', m) end
end

local function store(m)
  redis.call('HSET', KEYS.messages, m.id, pack_message(m))
  local member = member_of(m)
  redis.call('ZADD', KEYS.thread, m.created, member)
  if m.counts then
    redis.call('ZADD', KEYS.waiting, m.created, member)
  else
    redis.call('ZREM', KEYS.waiting, member)
  end
end

local function move(chat, held, from)
  redis.call('ZREM', KEYS.thread, from.member)
  redis.call('ZREM', KEYS.waiting, from.member)
  store(held)
  local mark = from.created .. ' ' .. from.member
  find_mark_again(chat, 'out', mark, is_out)
  if chat.answer == mark and not from.answers then
    keep_dismissal(chat, mark, held)
  else
    find_mark_again(chat, 'answer', mark, is_answer)
  end
  find_mark_again(chat, 'read', mark, is_read)
end

-- A message that was stored as our answer is none (it is automatic, a bot's, or a taken call that was
-- deleted). The marks at it (`lost.out`, `lost.answer`) go back to an earlier message, which may be a
-- dismissed one, and messages that only it had answered wait again.
local function retract_marks(chat, lost)
  if lost.out then chat.out = '' end
  if lost.answer then chat.answer = '' end
  for _, member in ipairs(redis.call('ZREVRANGE', KEYS.thread, 0, -1)) do
    if chat.out ~= '' and chat.answer ~= '' then return end
    local id = id_of(member)
    local m = unpack_message(id, redis.call('HGET', KEYS.messages, id))
    if lost.out and is_out(m) then set_mark(chat, 'out', m) end
    local answers = lost.answer and (is_answer(m) or redis.call('ZSCORE', KEYS.dismissed, id))
    if answers then set_mark(chat, 'answer', m) end
    if m.counts then redis.call('ZADD', KEYS.waiting, m.created, member) end
  end
end

-- Merges one report of a message. Returns the message as it is stored now, and 'new', 'changed' or nil
-- (no change that an operator could see; also for a message at or below the floor that is not stored).
-- The third value is true for the notice that a message was deleted whose id is unknown here and may
-- never appear in a list of Avito's. Of a message that was stored before, `was` is its position
-- before.
local function merge_report(chat, m)
  local value = redis.call('HGET', KEYS.messages, m.id)
  if not value then
    if m.notice then return m, nil, true end
    if chat.floor ~= '' and not after(m.created, member_of(m), chat.floor) then return m, nil end
    if m.deleted then erase(m) end
    apply_automatic(m)
    store(m)
    set_marks(chat, m)
    return m, 'new'
  end
  local held = unpack_message(m.id, value)
  local before = message_json(held)
  local from = {created = held.created, member = member_of(held), own = held.own, answers = held.answers}
  held.was = {created = from.created, member = from.member}
  merge_message(held, m)
  local packed = pack_message(held)
  if packed == value then return held, nil end
  local mark = from.created .. ' ' .. from.member
  local is_automatic = held.own == AUTOMATIC and from.own ~= AUTOMATIC
  local is_none = is_automatic or (from.answers and not held.answers)
  local lost = {out = is_automatic and chat.out == mark, answer = is_none and chat.answer == mark}
  if held.created ~= from.created or member_of(held) ~= from.member then
    move(chat, held, from)
  else
    store(held)
  end
  if lost.out or lost.answer then retract_marks(chat, lost) end
  set_marks(chat, held)
  return held, message_json(held) ~= before and 'changed' or nil
end

-- Deletes all but the newest `keep` messages and raises the floor to the last one deleted.
local function trim_thread(chat, keep)
  local excess = redis.call('ZCARD', KEYS.thread) - keep
  if excess <= 0 then return end
  local gone = redis.call('ZRANGE', KEYS.thread, 0, excess - 1, 'WITHSCORES')
  for i = 1, #gone, 2 do
    redis.call('HDEL', KEYS.messages, id_of(gone[i]))
    redis.call('ZREM', KEYS.thread, gone[i])
    redis.call('ZREM', KEYS.waiting, gone[i])
    chat.floor = later(chat.floor, number_text(gone[i + 1]) .. ' ' .. gone[i])
  end
end
