-- Deletes a chat with all that belongs to it, unless it changed since it was found too old.
-- Its floor stays.
-- include: _notes
-- keys: state:hash chat:hash thread:zset messages:hash waiting:zset notes:hash dismissed:zset
--   chats:zset unread:zset unanswered:zset to_enrich:zset search_words:hash
--   search_words_changed:zset unassigned:zset assigned:prefix floors:zset
-- args: chat_id seen:number most:number
-- returns: bool
-- seen: its score in chats as the caller saw it. most: floors kept.

-- Older messages were stored once, so they are never new again; nil where there were none.
local function floor_of_chat()
  local before = (redis.call('HGET', KEYS.chat, 'floor') or ''):match('^%S+')
  local newest = redis.call('ZREVRANGE', KEYS.thread, 0, 0, 'WITHSCORES')[2]
  local floor = math.max(tonumber(before) or -math.huge, tonumber(newest) or -math.huge)
  return floor > -math.huge and floor or nil
end

-- Past the bound the lowest floor becomes that of every chat without one: all that are kept are above
-- it.
local function keep_floor(floor)
  local of_all = redis.call('ZSCORE', KEYS.floors, '')
  if of_all and floor <= tonumber(of_all) then return redis.call('ZREM', KEYS.floors, chat_id) end
  redis.call('ZADD', KEYS.floors, string.format('%.17g', floor), chat_id)
  local lowest = of_all and 1 or 0
  if redis.call('ZCARD', KEYS.floors) - lowest <= most then return end
  local gone = redis.call('ZRANGE', KEYS.floors, lowest, lowest, 'WITHSCORES')
  redis.call('ZREM', KEYS.floors, gone[1])
  redis.call('ZADD', KEYS.floors, gone[2], '')
end

local score = redis.call('ZSCORE', KEYS.chats, chat_id)
if not score or tonumber(score) ~= seen then return 0 end

local floor = floor_of_chat()
if floor then keep_floor(floor) end
local owner = redis.call('HGET', KEYS.chat, 'owner') or ''
redis.call('ZREM', owner == '' and KEYS.unassigned or KEYS.assigned_prefix .. owner, chat_id)
redis.call('HDEL', KEYS.search_words, chat_id)
for _, index in ipairs({KEYS.chats, KEYS.unread, KEYS.unanswered, KEYS.to_enrich, KEYS.search_words_changed}) do
  redis.call('ZREM', index, chat_id)
end
local _, bytes = size_of_notes()
if bytes > 0 then count_notes(-bytes) end
redis.call('DEL', KEYS.chat, KEYS.thread, KEYS.messages, KEYS.waiting, KEYS.notes, KEYS.dismissed)
return 1
