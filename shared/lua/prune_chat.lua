-- Lets go of a chat with all that is held of it, unless it moved since it was found too old.
-- KEYS (shared/keys.py): 1 chats zset, 2 chat hash, 3 free zset, 4 words hash, then ARGV[4] zsets of the account
-- in which the chat may be, then what is deleted with it
-- ARGV: 1 chat id, 2 its score in the chats as it was seen, 3 prefix of keys.owned, 4 see KEYS
-- Returns 1 if it was let go of.
local chats, chat, free, words = unpack(KEYS)
local chat_id, seen, owned, places = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])

local score = redis.call('ZSCORE', chats, chat_id)
if not score or tonumber(score) ~= seen then return 0 end

local owner = redis.call('HGET', chat, 'owner') or ''
redis.call('ZREM', owner == '' and free or owned .. owner, chat_id)
redis.call('ZREM', chats, chat_id)
redis.call('HDEL', words, chat_id)
for i = 5, 4 + places do redis.call('ZREM', KEYS[i], chat_id) end
redis.call('DEL', chat, unpack(KEYS, 5 + places))
return 1
