-- Records the first answers of one chat as its thread has them now.
-- It deletes those that it no longer has. Of a chat that is gone nothing is recorded: it may have been
-- forgotten while it was read.
-- keys: first_answers:hash first_answer_times:zset chat:hash
-- given: lease:string
-- args: owner most:number since:time denied* answers(field begin:time value)*
-- returns: bool
-- most: how many are kept. since: from when on. denied: fields to delete. Returns false when the lease
-- is not the owner's: nothing was changed.

if redis.call('GET', KEYS.lease) ~= owner then return 0 end
if redis.call('EXISTS', KEYS.chat) == 0 then return 1 end

local function drop(field)
  if redis.call('HDEL', KEYS.first_answers, field) == 1 then redis.call('ZREM', KEYS.first_answer_times, field) end
end

for _, field in ipairs(denied) do drop(field) end
for _, answer in ipairs(answers) do
  redis.call('HSET', KEYS.first_answers, answer.field, answer.value)
  redis.call('ZADD', KEYS.first_answer_times, answer.begin, answer.field)
end
for _, field in ipairs(redis.call('ZRANGEBYSCORE', KEYS.first_answer_times, '-inf', '(' .. since, 'LIMIT', 0, 500)) do
  drop(field)
end
local excess = redis.call('ZCARD', KEYS.first_answer_times) - most
if excess > 0 then
  for _, field in ipairs(redis.call('ZRANGE', KEYS.first_answer_times, 0, excess - 1)) do drop(field) end
end
return 1
