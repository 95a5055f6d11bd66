-- Ends a reply on its way: it is sent, failed or cancelled. Needs _outbox.lua.

local FAILED_SHOWN = 20
-- No request takes longer (WITHDRAWN_KEPT_S), and who queues and cancels without an end fills nothing.
local CANCELLED_KEPT_S = 3600

-- Removes a reply from the chat's queue: it is sent, failed or cancelled.
local function end_reply(key, reply, now)
  redis.call('LREM', KEYS.outbox, 1, reply.ref)
  redis.call('ZREM', KEYS.outbox_waiting, reply.member)
  if reply.state == 'failed' then
    redis.call('ZADD', KEYS.failed, now, reply.ref)
    redis.call('ZREMRANGEBYRANK', KEYS.failed, 0, -FAILED_SHOWN - 1)
    redis.call('EXPIRE', KEYS.failed, REPLY_KEPT_S)
  else
    redis.call('ZREM', KEYS.failed, reply.ref)
    if reply.chunks ~= '' then
      redis.call('UNLINK', reply.chunks)
      redis.call('ZREM', KEYS.pictures, reply.room)
    end
  end
  if redis.call('LLEN', KEYS.outbox) == 0 then
    redis.call('ZREM', KEYS.to_deliver, reply.chat)
  else
    redis.call('ZADD', KEYS.to_deliver, now, reply.chat)
  end
  save_reply(key, reply, now)
  redis.call('EXPIRE', key, reply.state == 'cancelled' and CANCELLED_KEPT_S or REPLY_KEPT_S)
  if reply.state == 'cancelled' then redis.call('HSET', key, 'text', '', 'match', '') end
end
