-- Lets go of a chat with all that is held of it, unless it moved since it was found too old; its floor stays.
-- KEYS (shared/redis/keys.py): 1 chats zset, 2 chat hash, 3 free zset, 4 words hash, 5 floors zset, 6 thread zset, then
-- ARGV[4] zsets of the account in which the chat may be, then what is deleted with it
-- ARGV: 1 chat id, 2 its score in the chats as it was seen, 3 prefix of keys.assigned, 4 see KEYS, 5 most floors kept
-- Returns 1 if it was let go of.
local chats, chat, free, words, floors, thread = unpack(KEYS)
local chat_id, seen, owned, places, most = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local FIRST_PLACE = 7

-- What is older than this was held once, so it is never new again; nil where nothing was.
local function floor_of_chat()
  local before = (redis.call('HGET', chat, 'floor') or ''):match('^%S+')
  local newest = redis.call('ZREVRANGE', thread, 0, 0, 'WITHSCORES')[2]
  local floor = math.max(tonumber(before) or -math.huge, tonumber(newest) or -math.huge)
  return floor > -math.huge and floor or nil
end

-- Past the bound the lowest floor becomes that of every chat without one, so all that are kept stand above it.
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
redis.call('ZREM', owner == '' and free or owned .. owner, chat_id)
redis.call('ZREM', chats, chat_id)
redis.call('HDEL', words, chat_id)
for i = FIRST_PLACE, FIRST_PLACE + places - 1 do redis.call('ZREM', KEYS[i], chat_id) end
redis.call('DEL', chat, thread, unpack(KEYS, FIRST_PLACE + places))
return 1
