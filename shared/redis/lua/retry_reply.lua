-- include: _journal _outbox _message
-- Puts a failed reply that may work another time at the end of its chat's queue. It starts afresh,
-- unless it may have been sent: by an attempt of unknown outcome, or by an earlier retry that was lost
-- with its epoch.
-- KEYS: 1 STATE hash, 2 JOURNAL stream, 3 reply hash, 4 outbox list, 5 OUTBOX_WAITING zset,
--   6 to_deliver zset, 7 failed zset, 8 and 9 unused, 10 thread zset
-- ARGV: 1 now (Unix seconds)
-- Returns {verdict, item JSON}: `done`, `wrong` (it did not fail, or failed for good), `unknown` (JSON
--   '').
local now = ARGV[1]

local wrong = expect_types({'hash', 'stream', 'hash', 'list', 'zset', 'zset', 'zset'})
wrong = wrong or expect_types({'zset'}, 10)
if wrong then return wrong end

local reply = load_reply(KEYS[3], now)
if not reply then return {'unknown', ''} end
if reply.state ~= 'failed' or reply.retryable ~= 'true' then return {'wrong', reply.json} end

if reply.doubt ~= '1' and reply.epoch == epoch_now() then
  reply.first, reply.held = '', ids_since(KEYS[10], now - CLOCKS_APART_S)
elseif reply.first == '' then
  reply.first = reply.queued
end
reply.restored = ''
reply.began, reply.ended, reply.how, reply.looked = '', '', '', ''
reply.state, reply.queued, reply['until'], reply.image, reply.progress = 'queued', now, '', '', 'null'
clear_trouble(reply)
redis.call('RPUSH', KEYS[4], reply.ref)
redis.call('ZADD', KEYS[5], now, reply.member)
redis.call('ZADD', KEYS[6], now, reply.chat)
redis.call('ZREM', KEYS[7], reply.ref)
redis.call('PERSIST', KEYS[3])
save_reply(KEYS[3], reply, now)
return {'done', reply.json}
