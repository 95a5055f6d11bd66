-- Ends the recheck of a chat that has this token, only in the epoch in which it was read.
-- In another one the chat may have been read into a Redis that was replaced.
-- include: _epoch
-- keys: state:hash to_recheck:hash
-- args: epoch chat_id account_id token
-- returns: bool
-- Returns false in another epoch. A recheck that was noted after this one stays.

if epoch_now() ~= epoch then return 0 end
if redis.call('HGET', KEYS.to_recheck, chat_id) == token then redis.call('HDEL', KEYS.to_recheck, chat_id) end
return 1
