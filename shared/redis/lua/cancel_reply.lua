-- Cancels a reply that is not on its way to Avito, or dismisses one that failed.
-- The chat's `replied` then is as before it, unless another reply came after it or one of its attempts
-- may yet have worked.
-- include: _epoch _journal _outbox _end_reply
-- keys: state:hash journal:stream reply:hash outbox:list outbox_waiting:zset to_deliver:zset
--   failed:zset pictures:zset chat:hash
-- args: now:time
-- returns: verdict:done|wrong|unknown item:bytes
-- wrong: it is being sent, or was, or may have been in an earlier epoch. unknown: the item is ''.

local reply = load_reply(KEYS.reply, now)
if not reply then return {'unknown', ''} end
if reply.state == 'cancelled' then return {'done', reply.json} end
if reply.state == 'queued' and doubt_earlier_epoch(reply, now) then -- the worker must look for it first
  save_reply(KEYS.reply, reply, now)
end
if reply.state ~= 'queued' and reply.state ~= 'failed' then return {'wrong', reply.json} end

reply.state = 'cancelled'
clear_trouble(reply)
end_reply(KEYS.reply, reply, now)
if reply.mark and reply.doubt ~= '1' and redis.call('HGET', KEYS.chat, 'replied') == reply.mark then
  if (reply.before or '') == '' then redis.call('HDEL', KEYS.chat, 'replied')
  else redis.call('HSET', KEYS.chat, 'replied', reply.before) end
end
return {'done', reply.json}
