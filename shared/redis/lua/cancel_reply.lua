-- include: _journal _outbox
-- Cancels a reply that is not on its way to Avito, or dismisses one that failed. The chat's `replied`
-- then is as before it, unless another reply came after it or one of its attempts may yet have worked.
-- KEYS: 1 STATE hash, 2 JOURNAL stream, 3 reply hash, 4 outbox list, 5 OUTBOX_WAITING zset,
--   6 to_deliver zset, 7 failed zset, 8 PICTURES zset, 9 chat hash
-- ARGV: 1 now (Unix seconds)
-- Returns {verdict, item JSON}: `done`, `wrong` (it is being sent, or was, or may have been in an
--   earlier epoch), `unknown` (JSON '').
local now = ARGV[1]

local wrong = expect_types({'hash', 'stream', 'hash', 'list', 'zset', 'zset', 'zset', 'zset', 'hash'})
if wrong then return wrong end

local reply = load_reply(KEYS[3], now)
if not reply then return {'unknown', ''} end
if reply.state == 'cancelled' then return {'done', reply.json} end
if reply.state == 'queued' and doubt_earlier_epoch(reply, now) then -- the worker must look for it first
  save_reply(KEYS[3], reply, now)
end
if reply.state ~= 'queued' and reply.state ~= 'failed' then return {'wrong', reply.json} end

reply.state = 'cancelled'
clear_trouble(reply)
local places = {list = KEYS[4], waiting = KEYS[5], due = KEYS[6], failed = KEYS[7], pictures = KEYS[8]}
end_reply(places, KEYS[3], reply, now)
if reply.mark and reply.doubt ~= '1' and redis.call('HGET', KEYS[9], 'replied') == reply.mark then
  if reply.before == '' then redis.call('HDEL', KEYS[9], 'replied')
  else redis.call('HSET', KEYS[9], 'replied', reply.before) end
end
return {'done', reply.json}
