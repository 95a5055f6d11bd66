-- Keeps the mark of a chat that a sweep has verified, only in the epoch in which its reading began.
-- include: _epoch
-- keys: state:hash
-- given: verified:hash to_import:zset sweep:hash
-- args: epoch chat_id mark shown:number
-- returns: bool
-- shown: how many of its messages were verified for the first time.

if epoch_now() ~= epoch then return 0 end
redis.call('HSET', KEYS.verified, chat_id, mark)
redis.call('ZREM', KEYS.to_import, chat_id)
if shown > 0 then redis.call('HINCRBY', KEYS.sweep, 'shown', shown) end
return 1
