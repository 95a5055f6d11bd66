-- Records the words of one chat for the search (shared/search_words.py) and numbers the change, so
-- that gateways read only what is new; deletes them when the chat is gone.
-- KEYS: 1 lease string, 2 chat hash, 3 search_words hash, 4 search_words_changed zset,
--   5 search_position hash
-- ARGV: 1 token of the lease's owner, 2 chat id, 3 the words
-- Returns 1; 0 when the lease is another process's: nothing was written.
local lease, chat, words, changed, position = unpack(KEYS)
local owner, chat_id, found = unpack(ARGV)

if redis.call('GET', lease) ~= owner then return 0 end
if redis.call('EXISTS', chat) == 0 then
  redis.call('HDEL', words, chat_id)
  redis.call('ZREM', changed, chat_id)
elseif redis.call('HGET', words, chat_id) ~= found then
  redis.call('HSET', words, chat_id, found)
  redis.call('ZADD', changed, redis.call('HINCRBY', position, 'changes', 1), chat_id)
end
return 1
