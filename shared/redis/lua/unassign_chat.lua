-- Gives a chat from before chats had owners the owner null.
-- It leaves a chat that a commit has given one meanwhile.
-- keys: chat:hash unassigned:zset
-- args: chat_id updated:number
-- returns: bool
-- Returns false when there is no such chat or it has an owner field.

local json = redis.call('HGET', KEYS.chat, 'json')
if not json or redis.call('HGET', KEYS.chat, 'owner') then return 0 end

redis.call('HSET', KEYS.chat, 'json', json:sub(1, -2) .. ',"owner":null}', 'owner', '')
redis.call('ZADD', KEYS.unassigned, updated, chat_id)
return 1
