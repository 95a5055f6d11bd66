-- Changes a reply on its way, for the worker that has the chat's lease; a final state ends the reply.
-- include: _epoch _journal _outbox _end_reply
-- keys: state:hash journal:stream outbox:list reply:hash outbox_waiting:zset to_deliver:zset
--   failed:zset pictures:zset
-- given: lease:string
-- args: now:time owner state fields:map
-- returns: bool
-- state: the one it must be in. Returns false when nothing was changed: the lease is lost, or the reply
-- has another state by now.

local reply = load_reply(KEYS.reply, now)
if not reply or reply.state ~= state or redis.call('GET', KEYS.lease) ~= owner then return 0 end

for name, value in pairs(fields) do reply[name] = value end
if reply.state == 'failed' or reply.state == 'cancelled' then
  if reply.state == 'cancelled' then clear_trouble(reply) end
  end_reply(KEYS.reply, reply, now)
  return 1
end
local due = reply['until'] ~= '' and reply['until'] or now
redis.call('ZADD', KEYS.to_deliver, due, reply.chat)
save_reply(KEYS.reply, reply, now)
return 1
