-- include: _journal _outbox _message
-- Records that an attempt to send a reply is about to begin, before anything leaves: `queued` becomes
-- `sending`.
-- KEYS: 1 STATE hash, 2 JOURNAL stream, 3 lease string, 4 outbox list, 5 reply hash, 6 thread zset
-- ARGV: 1 now (Unix seconds), 2 token of the lease's owner, 3 ref, 4 words that match its message
-- Returns 1; 0 when it must not begin: the lease is lost, or the reply is not the first, not queued
--   any more, or queued in another epoch.
local now, token, ref = ARGV[1], ARGV[2], ARGV[3]

local wrong = expect_types({'hash', 'stream', 'string', 'list', 'hash', 'zset'})
if wrong then return wrong end

local reply = load_reply(KEYS[5], now)
local mine = redis.call('GET', KEYS[3]) == token and redis.call('LINDEX', KEYS[4], 0) == ref
if not (mine and reply and reply.state == 'queued' and reply.epoch == epoch_now()) then return 0 end

if reply.doubt ~= '1' then -- no attempt before this one can have worked
  reply.first, reply.held = now, ids_since(KEYS[6], now - CLOCKS_APART_S)
end
reply.state, reply.tries = 'sending', string.format('%d', tonumber(reply.tries) + 1)
reply.began, reply.ended, reply.how, reply.looked = now, '', '', ''
reply.match = ARGV[4]
save_reply(KEYS[5], reply, now)
return 1
