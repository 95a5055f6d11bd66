-- Ends a reply on its way: it is sent, failed or cancelled. Needs _outbox.lua.

local FAILED_SHOWN = 20

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
  redis.call('EXPIRE', key, REPLY_KEPT_S)
end
