-- Puts a failed reply that may work another time at the end of its chat's queue.
-- It starts afresh, unless it may have been sent: by an attempt of unknown outcome, or by an earlier
-- retry that was lost with its epoch.
-- include: _epoch _journal _outbox _message
-- constants: CLOCKS_APART_S
-- keys: state:hash journal:stream reply:hash outbox:list outbox_waiting:zset to_deliver:zset
--   failed:zset thread:zset
-- args: now:time
-- returns: verdict:done|wrong|unknown item:bytes
-- wrong: it did not fail, or failed for good. unknown: the item is ''.

local reply = load_reply(KEYS.reply, now)
if not reply then return {'unknown', ''} end
if reply.state ~= 'failed' or reply.retryable ~= 'true' then return {'wrong', reply.json} end

if reply.doubt ~= '1' and reply.epoch == epoch_now() then
  reply.first, reply.held = '', ids_since(KEYS.thread, now - CLOCKS_APART_S)
elseif reply.first == '' then
  reply.first = reply.queued
end
reply.restored = ''
reply.began, reply.ended, reply.how, reply.looked = '', '', '', ''
reply.state, reply.queued, reply['until'], reply.image, reply.progress = 'queued', now, '', '', 'null'
clear_trouble(reply)
redis.call('RPUSH', KEYS.outbox, reply.ref)
redis.call('ZADD', KEYS.outbox_waiting, now, reply.member)
redis.call('ZADD', KEYS.to_deliver, now, reply.chat)
redis.call('ZREM', KEYS.failed, reply.ref)
redis.call('PERSIST', KEYS.reply)
save_reply(KEYS.reply, reply, now)
return {'done', reply.json}
