-- One chat as it is shown: marks, counters, indexes, JSON.
-- Needs _message.lua.
-- args: account_id chat_id chat_json
--
-- The chat's hash has json, type, buyer, item, enriched, facts_updated, facts_read, facts_fp, owner
-- ('' none), buying ('1' we are the buyer, '0', '-' Avito does not say, '' it was not asked), what
-- _notice.lua decides by: rule (the choices in effect then), word ('' none is held, `held`, `gone`: one
-- was, or came too late to be stored), mixed ('1': a message may not be noticed as a buyer's words are),
-- and marks, which are positions `<created> <member>` in the thread:
--   out     our last message
--   answer  our last answer by a person
--   read    up to where we have read
--   floor   the newest message that is no longer stored (ends in \255 where the chat was forgotten
--           and began anew)
-- replied (queue_reply.lua, cancel_reply.lua): `<seq>@<epoch> <JSON of who wrote it>` of the last reply
-- that was queued here and not cancelled; older ones have no epoch.

local CHAT_SCOPE = '"account_id":' .. account_id .. ',"chat_id":' .. chat_json -- of its events

local CHAT_FIELDS = {
  'out', 'answer', 'read', 'floor', 'type', 'buyer', 'item', -- four marks and three pieces of JSON
  'enriched', 'facts_updated', 'facts_read', 'facts_fp', 'owner', 'json', 'buying', 'rule', 'word', 'mixed',
}

-- Tells whether a value can be what the field is, as far as scripts rely on it.
local function is_sound(field, value)
  if field <= 4 then return value == '' or value:find('^%-?%d+%.?%d* .') ~= nil end
  local first, last = value:byte(1), value:byte(-1)
  return value == 'null' or (first == 123 and last == 125) or (first == 34 and last == 34 and #value > 1) -- {} ""
end

-- Takes a value that is not sound for unknown. `chat.lost`: marks of that kind, which stay as they are until
-- a commit finds them again (_thread.lua).
local function drop_junk(chat, field, name)
  if field <= 4 then
    chat[name], chat.held[name], chat.lost = '', '', chat.lost or {}
    chat.lost[name] = true
  else
    chat[name], chat.facts_fp, chat.enriched = 'null', '', ''
  end
end

-- `chat.wrong`: the error where an index of its owner has another type; then nothing may be written.
local function load_chat()
  local values = redis.call('HMGET', KEYS.chat, unpack(CHAT_FIELDS))
  local chat = {held = {}}
  for i, name in ipairs(CHAT_FIELDS) do
    chat[name], chat.held[name] = values[i] or '', values[i]
  end
  chat.known = chat.json ~= ''
  for i = 1, chat.known and 7 or 0 do
    if not is_sound(i, chat[CHAT_FIELDS[i]]) then drop_junk(chat, i, CHAT_FIELDS[i]) end
  end
  if not chat.facts_updated:find('^%d+%.?%d*$') then chat.facts_updated = '' end
  if chat.owner ~= '' then
    chat.wrong = expect_type(KEYS.assigned_prefix .. chat.owner, 'zset')
    if not is_shown(cjson.encode(chat.owner)) then chat.owner = '' end
  end
  return chat
end

local stored = {} -- the ids of messages that this script has stored
local unreadable = 0 -- messages that it met and that cannot be read

-- The message that is stored under an id. Without one, or where it cannot be read, nil; the second value
-- tells what is stored.
local function load_message(id)
  local value = redis.call('HGET', KEYS.messages, id)
  local m = value and unpack_message(id, value)
  if value and not m then unreadable = unreadable + 1 end
  return m or nil, value
end

local function split_mark(mark)
  local created, member = mark:match('^(%S+) (.*)$')
  return tonumber(created), member
end

-- Tells whether text `a` comes after `b` in a sorted set, byte by byte: Lua's own `>` follows the
-- locale.
local function is_beyond(a, b)
  for i = 1, math.min(#a, #b) do
    local left, right = a:byte(i), b:byte(i)
    if left ~= right then return left > right end
  end
  return #a > #b
end

-- Tells whether the position (created, member) is after `mark`; every position is after ''.
local function after(created, member, mark)
  if mark == '' then return true end
  local mark_created, mark_member = split_mark(mark)
  created = tonumber(created)
  if created ~= mark_created then return created > mark_created end
  return is_beyond(member, mark_member)
end

-- The id of the message at a mark, whatever its rank among messages of the same second.
local function message_of(mark)
  if mark == '' then return '' end
  local _, member = split_mark(mark)
  return id_of(member)
end

local function later(mark, other)
  if other == '' then return mark end
  local created, member = split_mark(other)
  if after(created, member, mark) then return other end
  return mark
end

local function number_text(text)
  local number = tonumber(text)
  if number % 1 == 0 then return string.format('%d', number) end
  return string.format('%.16g', number)
end

-- Returns the id of a buyer's message of the same second as our last one that comes before it only by
-- its id, or nil: only Avito knows their order.
local function hidden_by_id(chat)
  local created, member = chat.out:match('^(%S+) (.*)$')
  if is_ranked(member) then return nil end
  for _, tied in ipairs(redis.call('ZRANGEBYSCORE', KEYS.waiting, created, created)) do
    if not is_ranked(tied) and is_beyond(member, tied) then return id_of(tied) end
  end
end

-- The number of unread messages after `mark`.
local function count_after(mark)
  if mark == '' then return redis.call('ZCARD', KEYS.waiting) end
  local created, member = mark:match('^(%S+) (.*)$')
  local count = redis.call('ZCOUNT', KEYS.waiting, '(' .. created, '+inf')
  for _, tied in ipairs(redis.call('ZRANGEBYSCORE', KEYS.waiting, created, created)) do
    if is_beyond(tied, member) then count = count + 1 end
  end
  return count
end

-- Tells whether the buyer waits for an answer to an unread message.
local function waits(chat, member)
  if chat.mixed ~= '1' then return true end
  local level = (redis.call('HGET', KEYS.messages, id_of(member)) or ''):match('^%S+ %S+ [ios](.)')
  return (level or '1') == '1' -- a buyer may wait at one that cannot be read
end

-- `created` of the first message after `mark` to which the buyer waits for an answer, as JSON.
local function first_after(chat, mark)
  local from = '-inf'
  if mark ~= '' then
    local created, member = mark:match('^(%S+) (.*)$')
    for _, tied in ipairs(redis.call('ZRANGEBYSCORE', KEYS.waiting, created, created)) do
      if is_beyond(tied, member) and waits(chat, tied) then return number_text(created) end
    end
    from = '(' .. created
  end
  local most = chat.mixed == '1' and -1 or 1
  local found = redis.call('ZRANGEBYSCORE', KEYS.waiting, from, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
  for i = 1, #found, 2 do
    if waits(chat, found[i]) then return number_text(found[i + 1]) end
  end
  return 'null'
end

-- The newest message that can be read, as JSON, and when it was created.
local function last_message(chat, at)
  local newest = redis.call('ZREVRANGE', KEYS.thread, at, at)[1]
  if not newest then return 'null', nil end
  local id = id_of(newest)
  local held = redis.call('HGET', KEYS.messages, id) or ''
  local json = held:sub((held:find('\n', 1, true) or 0) + 1)
  local is_known = stored[id] or chat.json:find(',"last_message":' .. json .. ',', 1, true)
  if is_known or unpack_message(id, held) then return json, held:match('^%S+') end
  return last_message(chat, at + 1)
end

local function drop_answered(chat)
  local seen = later(chat.out, chat.read)
  if chat.answer == '' or seen == '' then return end
  local oldest = math.min((split_mark(chat.answer)), (split_mark(seen)))
  redis.call('ZREMRANGEBYSCORE', KEYS.waiting, '-inf', '(' .. number_text(oldest))
end

local function index(key, score)
  if score then redis.call('ZADD', key, score, chat_id) else redis.call('ZREM', key, chat_id) end
end

-- Keeps the chat in the index of its owner, or of unassigned chats.
local function index_owner(chat, updated)
  local function index_of(owner) return owner == '' and KEYS.unassigned or KEYS.assigned_prefix .. owner end
  local before = chat.held.owner or ''
  if before ~= chat.owner then redis.call('ZREM', index_of(before), chat_id) end
  redis.call('ZADD', index_of(chat.owner), updated, chat_id)
end

-- Computes what is shown of the chat and writes it.
-- Returns the counters for a message event, and whether the JSON has changed.
local function save_chat(chat)
  drop_answered(chat)
  local unread = count_after(later(chat.out, chat.read))
  local unanswered = chat.buying == '1' and 'null' or first_after(chat, chat.answer)
  local last, last_created = last_message(chat, 0)
  local updated = tonumber(last_created or 0)
  if chat.facts_updated ~= '' then updated = math.max(updated, tonumber(chat.facts_updated)) end
  updated = number_text(updated)
  local json = '{"id":' .. chat_json .. ',"account_id":' .. account_id .. ',"type":' .. chat.type .. ',"buyer":' .. chat.buyer
    .. ',"item":' .. chat.item .. ',"updated":' .. updated .. ',"unread":' .. string.format('%d', unread)
    .. ',"unanswered_since":' .. unanswered .. ',"enriched":' .. (chat.enriched == '1' and 'true' or 'false')
    .. ',"last_message":' .. last
    .. ',"owner":' .. (chat.owner == '' and 'null' or cjson.encode(chat.owner))
    .. ',"buying":' .. tostring(chat.buying == '1') .. '}'
  local changed = json ~= chat.json
  chat.json = json
  local values = {}
  for _, name in ipairs(CHAT_FIELDS) do
    if chat[name] ~= chat.held[name] then
      values[#values + 1] = name
      values[#values + 1] = chat[name]
    end
  end
  if #values > 0 then redis.call('HSET', KEYS.chat, unpack(values)) end
  index(KEYS.chats, updated)
  index(KEYS.unread, unread > 0 and updated)
  chat.waits = unanswered ~= 'null'
  index(KEYS.unanswered, chat.waits and unanswered)
  index_owner(chat, updated)
  return ',"chat":{"unread":' .. string.format('%d', unread) .. ',"unanswered_since":' .. unanswered
    .. ',"updated":' .. updated .. ',"last_message":' .. last .. '}', changed
end
