-- Adds a reply to a chat's queue, once per ref.
-- include: _epoch _journal _outbox _message
-- constants: CLOCKS_APART_S WITHDRAWN_KEPT_S
-- keys: state:hash journal:stream reply:hash outbox:list outbox_waiting:zset to_deliver:zset chat:hash
--   thread:zset withdrawn:zset?
-- args: now:time most_here:number most:number reply:map
-- returns: verdict:queued|known|conflict|unknown|full|answered|withdrawn item:bytes
-- withdrawn is absent where users.acl is of an older version. most_here: replies queued in this chat;
-- most: in all. reply: its fields (shared/wires/outbox.py). Two of them are special: `seen` is not
-- stored; it is the seq of the last event on the writer's screen, and a colleague's reply after it
-- wins. `epoch` is the one in which the reply was first handed in: in another one it may have been sent
-- before a tail was lost.
-- known: the same reply again. conflict: same ref, another reply. unknown: no such chat. For these two
-- and full the item is ''. answered: a colleague was first, the item is JSON of who. withdrawn: it was
-- withdrawn before it came; cancelled, and not stored.

local held, is_junk = load_reply(KEYS.reply, now)
if is_junk then return {'conflict', ''} end -- it may have been sent
if held then
  if held.same ~= reply.same then return {'conflict', ''} end
  return {'known', held.json}
end
local withdrawn = KEYS.withdrawn and redis.call('ZSCORE', KEYS.withdrawn, reply.ref)
if withdrawn and tonumber(withdrawn) > now - WITHDRAWN_KEPT_S then
  reply.state = 'cancelled'
  return {'withdrawn', reply_json(reply)}
end
if redis.call('EXISTS', KEYS.chat) == 0 then return {'unknown', ''} end
local before = redis.call('HGET', KEYS.chat, 'replied') or ''
local epoch = epoch_now()
reply.epoch = reply.epoch or epoch

-- Returns who answered after the writer's screen was read, or nil. Numbers of another epoch say
-- nothing; a screen of this epoch shows all that is older.
local function answered_by()
  local seq, at, by = before:match('^(%d+)@?(%S*) ([n"].*[l"])$')
  if not (reply.seen and seq) or by == reply.by then return nil end
  local later = reply.epoch ~= epoch
  if at == '' or at == reply.epoch then later = tonumber(seq) > tonumber(reply.seen) end
  return later and by or nil
end

local colleague = answered_by()
if colleague then return {'answered', colleague} end
reply.seen = nil
if redis.call('LLEN', KEYS.outbox) >= most_here or redis.call('ZCARD', KEYS.outbox_waiting) >= most then
  return {'full', ''}
end

if reply.epoch == epoch then reply.held = ids_since(KEYS.thread, now - CLOCKS_APART_S) end
redis.call('RPUSH', KEYS.outbox, reply.ref)
redis.call('ZADD', KEYS.outbox_waiting, now, reply.member)
redis.call('ZADD', KEYS.to_deliver, 'NX', now, reply.chat)
save_reply(KEYS.reply, reply, now)
if reply.by ~= 'null' then
  local mark = redis.call('HGET', KEYS.state, 'seq') .. '@' .. epoch .. ' ' .. reply.by
  redis.call('HSET', KEYS.chat, 'replied', mark)
  redis.call('HSET', KEYS.reply, 'mark', mark, 'before', before)
end
return {'queued', reply.json}
