-- include: _journal _outbox _message _withdrawn
-- Adds a reply to a chat's queue, once per ref.
-- KEYS: 1 STATE hash, 2 JOURNAL stream, 3 reply hash, 4 outbox list, 5 OUTBOX_WAITING zset,
--   6 to_deliver zset, 7 chat hash, 8 thread zset, 9 withdrawn zset (absent where users.acl is of an
--   older version)
-- ARGV: 1 now (Unix seconds), 2 most replies queued in this chat, 3 most in all, then names and values
--   of the new reply's fields (shared/wires/outbox.py). Two of them are special: `seen` is not stored;
--   it is the seq of the last event on the writer's screen, and a colleague's reply after it wins.
--   `epoch` is the one in which the reply was first handed in: in another one it may have been sent
--   before a tail was lost.
-- Returns {verdict, item JSON}: `queued`, `known` (the same reply again), `conflict` (same ref,
--   another reply), `unknown` (no such chat), `full` (JSON '' for these three), `answered` (a
--   colleague was first: JSON of who), `withdrawn` (it was withdrawn before it came: cancelled, and
--   not stored).
local now, most_here, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local wrong = expect_types({'hash', 'stream', 'hash', 'list', 'zset', 'zset', 'hash', 'zset'})
wrong = wrong or (KEYS[9] and expect_types({'zset'}, 9))
if wrong then return wrong end

local reply = {}
for i = 4, #ARGV, 2 do reply[ARGV[i]] = ARGV[i + 1] end

local held = load_reply(KEYS[3], now)
if held then
  if held.same ~= reply.same then return {'conflict', ''} end
  return {'known', held.json}
end
local withdrawn = KEYS[9] and redis.call('ZSCORE', KEYS[9], reply.ref)
if withdrawn and tonumber(withdrawn) > now - WITHDRAWN_KEPT_S then
  reply.state = 'cancelled'
  return {'withdrawn', reply_json(reply)}
end
if redis.call('EXISTS', KEYS[7]) == 0 then return {'unknown', ''} end
local before = redis.call('HGET', KEYS[7], 'replied') or ''
local epoch = epoch_now()
reply.epoch = reply.epoch or epoch

-- Returns who answered after the writer's screen was read, or nil. Numbers of another epoch say
-- nothing; a screen of this epoch shows all that is older.
local function answered_by()
  local seq, at, by = before:match('^(%d+)@?(%S*) (.*)$')
  if not (reply.seen and seq) or by == reply.by then return nil end
  local later = reply.epoch ~= epoch
  if at == '' or at == reply.epoch then later = tonumber(seq) > tonumber(reply.seen) end
  return later and by or nil
end

local colleague = answered_by()
if colleague then return {'answered', colleague} end
reply.seen = nil
if redis.call('LLEN', KEYS[4]) >= most_here or redis.call('ZCARD', KEYS[5]) >= most then
  return {'full', ''}
end

if reply.epoch == epoch then reply.held = ids_since(KEYS[8], now - CLOCKS_APART_S) end
redis.call('RPUSH', KEYS[4], reply.ref)
redis.call('ZADD', KEYS[5], now, reply.member)
redis.call('ZADD', KEYS[6], 'NX', now, reply.chat)
save_reply(KEYS[3], reply, now)
if reply.by ~= 'null' then
  local mark = redis.call('HGET', KEYS[1], 'seq') .. '@' .. epoch .. ' ' .. reply.by
  redis.call('HSET', KEYS[7], 'replied', mark)
  redis.call('HSET', KEYS[3], 'mark', mark, 'before', before)
end
return {'queued', reply.json}
