-- Makes a chat of before chats had owners one that nobody has; what a commit has made of it meanwhile stays.
-- KEYS (shared/redis/keys.py): 1 chat hash, 2 free zset   ARGV: 1 chat id, 2 its `updated`
-- Returns 1, or 0 when it has or needs no owner.
local json = redis.call('HGET', KEYS[1], 'json')
if not json or redis.call('HGET', KEYS[1], 'owner') then return 0 end

redis.call('HSET', KEYS[1], 'json', json:sub(1, -2) .. ',"owner":null}', 'owner', '')
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
return 1
