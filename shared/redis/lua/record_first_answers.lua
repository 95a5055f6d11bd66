-- Records the first answers of one chat as its thread has them now, and deletes those that it no
-- longer has. Of a chat that is gone nothing is recorded: it may have been forgotten while it was
-- read.
-- KEYS: 1 lease string, 2 first_answers hash, 3 first_answer_times zset, 4 chat hash
-- ARGV: 1 token of the lease's owner, 2 most that are kept, 3 kept since (Unix seconds), 4 how many
--   fields to delete, then those fields, then field, begin and value of each answer
-- Returns 1; 0 when the lease is another process's: nothing was changed.
local most, since, denied = tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('EXISTS', KEYS[4]) == 0 then return 1 end

local function drop(field)
  if redis.call('HDEL', KEYS[2], field) == 1 then redis.call('ZREM', KEYS[3], field) end
end

for at = 5, 4 + denied do drop(ARGV[at]) end
for at = 5 + denied, #ARGV, 3 do
  redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 2])
  redis.call('ZADD', KEYS[3], ARGV[at + 1], ARGV[at])
end
for _, field in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', '(' .. since, 'LIMIT', 0, 500)) do
  drop(field)
end
local excess = redis.call('ZCARD', KEYS[3]) - most
if excess > 0 then
  for _, field in ipairs(redis.call('ZRANGE', KEYS[3], 0, excess - 1)) do drop(field) end
end
return 1
