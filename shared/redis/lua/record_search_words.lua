-- Records the words of one chat for the search (shared/search_words.py) and numbers the change.
-- So gateways read only what is new. It deletes the words when the chat is gone.
-- include: _count
-- keys: chat:hash search_words:hash search_words_changed:zset search_changes:hash
-- given: lease:string
-- args: owner chat_id words
-- returns: bool
-- Returns false when the lease is not the owner's: nothing was written.

if redis.call('GET', KEYS.lease) ~= owner then return 0 end
if redis.call('EXISTS', KEYS.chat) == 0 then
  redis.call('HDEL', KEYS.search_words, chat_id)
  redis.call('ZREM', KEYS.search_words_changed, chat_id)
elseif redis.call('HGET', KEYS.search_words, chat_id) ~= words then
  redis.call('HSET', KEYS.search_words, chat_id, words)
  redis.call('ZADD', KEYS.search_words_changed, count_up(KEYS.search_changes, 'changes', 1), chat_id)
end
return 1
