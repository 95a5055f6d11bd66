-- Gives one worker alone the first reply of a chat's queue, where it stays until it ends.
-- include: _epoch _journal _outbox
-- keys: state:hash journal:stream outbox:list to_deliver:zset reply:prefix outbox_waiting:zset
-- given: lease:string
-- args: now:time owner lease_ms:number chat_id account_id
-- returns: status:busy|empty|unreadable|reply fields:map
-- busy: another worker has the lease. empty: there is nothing to do, and the lease is released. unreadable:
-- the first reply, `ref`, could not be read and has left the queue.

local holder = redis.call('GET', KEYS.lease)
if holder and holder ~= owner then return {'busy'} end

local ref = redis.call('LINDEX', KEYS.outbox, 0)
local reply, moved
if ref then reply, moved = load_reply(KEYS.reply_prefix .. ref, now) end
while ref and not reply do -- a Redis that lost its tail may have the ref alone
  redis.call('LPOP', KEYS.outbox)
  redis.call('ZREM', KEYS.outbox_waiting, account_id .. '/' .. ref)
  if moved then return {'unreadable', 'ref', ref} end
  ref = redis.call('LINDEX', KEYS.outbox, 0)
  if ref then reply, moved = load_reply(KEYS.reply_prefix .. ref, now) end
end
if not ref then
  redis.call('DEL', KEYS.lease)
  redis.call('ZREM', KEYS.to_deliver, chat_id)
  return {'empty'}
end
redis.call('SET', KEYS.lease, owner, 'PX', lease_ms)
local doubted = doubt_earlier_epoch(reply, now)
if moved or doubted then
  redis.call('ZADD', KEYS.to_deliver, reply['until'] ~= '' and reply['until'] or now, chat_id)
  save_reply(KEYS.reply_prefix .. ref, reply, now)
end
return {'reply', unpack(redis.call('HGETALL', KEYS.reply_prefix .. ref))}
