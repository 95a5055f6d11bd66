-- Writes down the words of one chat for the search (shared/search_words.py) and numbers the change, so that
-- gateways read only what is new; lets go of them when the chat is gone.
-- KEYS: 1 keys.lease string, 2 keys.chat hash, 3 keys.search_words hash, 4 keys.search_words_changed zset,
-- 5 keys.search_position hash   ARGV: 1 owner of the lease, 2 chat id, 3 the words
-- Returns 1; 0 when the lease is not the caller's any more: nothing was written.
local lease, chat, words, changed, place = unpack(KEYS)
local owner, chat_id, found = unpack(ARGV)

if redis.call('GET', lease) ~= owner then return 0 end
if redis.call('EXISTS', chat) == 0 then
  redis.call('HDEL', words, chat_id)
  redis.call('ZREM', changed, chat_id)
elseif redis.call('HGET', words, chat_id) ~= found then
  redis.call('HSET', words, chat_id, found)
  redis.call('ZADD', changed, redis.call('HINCRBY', place, 'changes', 1), chat_id)
end
return 1
