-- include: _journal _outbox
-- Changes a reply on its way, for the worker that has the chat's lease; a final state ends the reply.
-- KEYS: 1 STATE hash, 2 JOURNAL stream, 3 lease string, 4 outbox list, 5 reply hash, 6 OUTBOX_WAITING
--   zset, 7 to_deliver zset, 8 failed zset, 9 PICTURES zset
-- ARGV: 1 now (Unix seconds), 2 token of the lease's owner, 3 the state it must be in, then names and
--   values of fields
-- Returns 1; 0 when nothing was changed: the lease is lost, or the reply has another state by now.
local now, token, state = ARGV[1], ARGV[2], ARGV[3]

local wrong = expect_types({'hash', 'stream', 'string', 'list', 'hash', 'zset', 'zset', 'zset', 'zset'})
if wrong then return wrong end

local reply = load_reply(KEYS[5], now)
if not reply or reply.state ~= state or redis.call('GET', KEYS[3]) ~= token then return 0 end

for i = 4, #ARGV, 2 do reply[ARGV[i]] = ARGV[i + 1] end
if reply.state == 'failed' or reply.state == 'cancelled' then
  if reply.state == 'cancelled' then clear_trouble(reply) end
  local places = {list = KEYS[4], waiting = KEYS[6], due = KEYS[7], failed = KEYS[8], pictures = KEYS[9]}
  end_reply(places, KEYS[5], reply, now)
  return 1
end
local due = reply['until'] ~= '' and reply['until'] or now
redis.call('ZADD', KEYS[7], due, reply.chat)
save_reply(KEYS[5], reply, now)
return 1
