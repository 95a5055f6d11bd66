-- Deletes a chat with all that belongs to it, unless it changed since it was found too old; its floor
-- stays.
-- KEYS: 1 chats zset, 2 chat hash, 3 unassigned zset, 4 search_words hash, 5 floors zset, 6 thread
--   zset, then ARGV[4] zsets of the account that may list the chat, then the keys to delete with it
-- ARGV: 1 chat id, 2 its score in chats as the caller saw it, 3 prefix of the assigned zsets, 4 see
--   KEYS, 5 most floors kept
-- Returns 1 if it was deleted, else 0.
local chats, chat, unassigned, words, floors, thread = unpack(KEYS)
local chat_id, seen, assigned = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local indexes, most = tonumber(ARGV[4]), tonumber(ARGV[5])
local FIRST_INDEX = 7

-- Older messages were stored once, so they are never new again; nil where there were none.
local function floor_of_chat()
  local before = (redis.call('HGET', chat, 'floor') or ''):match('^%S+')
  local newest = redis.call('ZREVRANGE', thread, 0, 0, 'WITHSCORES')[2]
  local floor = math.max(tonumber(before) or -math.huge, tonumber(newest) or -math.huge)
  return floor > -math.huge and floor or nil
end

-- Past the bound the lowest floor becomes that of every chat without one: all that are kept are above
-- it.
local function keep_floor(floor)
  local of_all = redis.call('ZSCORE', floors, '')
  if of_all and floor <= tonumber(of_all) then return redis.call('ZREM', floors, chat_id) end
  redis.call('ZADD', floors, string.format('%.17g', floor), chat_id)
  local lowest = of_all and 1 or 0
  if redis.call('ZCARD', floors) - lowest <= most then return end
  local gone = redis.call('ZRANGE', floors, lowest, lowest, 'WITHSCORES')
  redis.call('ZREM', floors, gone[1])
  redis.call('ZADD', floors, gone[2], '')
end

local score = redis.call('ZSCORE', chats, chat_id)
if not score or tonumber(score) ~= seen then return 0 end

local floor = floor_of_chat()
if floor then keep_floor(floor) end
local owner = redis.call('HGET', chat, 'owner') or ''
redis.call('ZREM', owner == '' and unassigned or assigned .. owner, chat_id)
redis.call('ZREM', chats, chat_id)
redis.call('HDEL', words, chat_id)
for i = FIRST_INDEX, FIRST_INDEX + indexes - 1 do redis.call('ZREM', KEYS[i], chat_id) end
redis.call('DEL', chat, thread, unpack(KEYS, FIRST_INDEX + indexes))
return 1
