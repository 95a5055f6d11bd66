-- include: _journal _outbox
-- Changes a reply on its way, for the worker that holds the chat; a final state ends it.
-- KEYS (shared/redis/keys.py): 1 STATE hash, 2 JOURNAL stream, 3 lease string, 4 outbox list, 5 reply hash,
-- 6 OUTBOX_WAITING zset, 7 deliver zset, 8 failed zset, 9 PICTURES zset
-- ARGV: 1 now (Unix seconds), 2 owner's token, 3 the state it must be in, then names and values of fields
-- Returns 1; 0 when nothing was changed: lease lost, or the reply has moved on (an echo, a cancel).
local now, token, state = ARGV[1], ARGV[2], ARGV[3]

local wrong = expect_types({'hash', 'stream', 'string', 'list', 'hash', 'zset', 'zset', 'zset', 'zset'})
if wrong then return wrong end

local reply = load_reply(KEYS[5], now)
if not reply or reply.state ~= state or redis.call('GET', KEYS[3]) ~= token then return 0 end

for i = 4, #ARGV, 2 do reply[ARGV[i]] = ARGV[i + 1] end
if reply.state == 'failed' or reply.state == 'cancelled' then
  if reply.state == 'cancelled' then calm(reply) end
  local places = {list = KEYS[4], waiting = KEYS[6], due = KEYS[7], failed = KEYS[8], pictures = KEYS[9]}
  end_reply(places, KEYS[5], reply, now)
  return 1
end
local due = reply['until'] ~= '' and reply['until'] or now
redis.call('ZADD', KEYS[7], due, reply.chat)
save_reply(KEYS[5], reply, now)
return 1
