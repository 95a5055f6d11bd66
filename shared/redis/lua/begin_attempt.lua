-- Records that an attempt to send a reply is about to begin, before anything leaves.
-- `queued` becomes `sending`.
-- include: _epoch _journal _outbox _message
-- constants: CLOCKS_APART_S
-- keys: state:hash journal:stream outbox:list reply:hash thread:zset
-- given: lease:string
-- args: now:time owner ref match
-- returns: bool
-- match: words that its message shares. Returns false when it must not begin: `owner` has lost the
-- lease, or the reply is not the first, not queued any more, or queued in another epoch.

local reply = load_reply(KEYS.reply, now)
local mine = redis.call('GET', KEYS.lease) == owner and redis.call('LINDEX', KEYS.outbox, 0) == ref
if not (mine and reply and reply.state == 'queued' and reply.epoch == epoch_now()) then return 0 end

if reply.doubt ~= '1' then -- no attempt before this one can have worked
  reply.first, reply.held = now, ids_since(KEYS.thread, now - CLOCKS_APART_S)
end
reply.state, reply.tries = 'sending', string.format('%d', tonumber(reply.tries) + 1)
reply.began, reply.ended, reply.how, reply.looked = now, '', '', ''
reply.match = match
save_reply(KEYS.reply, reply, now)
return 1
