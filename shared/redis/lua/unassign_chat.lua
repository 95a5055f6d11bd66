-- Gives a chat from before chats had owners the owner null; leaves a chat that a commit has given one
-- meanwhile.
-- KEYS: 1 chat hash, 2 unassigned zset
-- ARGV: 1 chat id, 2 its `updated`
-- Returns 1; 0 when there is no such chat or it has an owner field.
local json = redis.call('HGET', KEYS[1], 'json')
if not json or redis.call('HGET', KEYS[1], 'owner') then return 0 end

redis.call('HSET', KEYS[1], 'json', json:sub(1, -2) .. ',"owner":null}', 'owner', '')
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
return 1
