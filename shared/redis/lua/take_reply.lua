-- include: _journal _outbox
-- Gives one worker alone the first reply of a chat's queue, where it stays until it ends.
-- KEYS: 1 STATE hash, 2 JOURNAL stream, 3 lease string, 4 outbox list, 5 to_deliver zset, 6 reply
--   prefix, 7 OUTBOX_WAITING zset
-- ARGV: 1 now (Unix seconds), 2 token of the lease's owner, 3 milliseconds of the lease, 4 chat id,
--   5 account id
-- Returns {'busy'} (another worker has it), {'empty'} (nothing to do, the lease is released) or
--   {'reply', name, value, ...}.
local now, token, lease_ms, chat = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local wrong = expect_types({'hash', 'stream', 'string', 'list', 'zset', 'none', 'zset'})
if wrong then return wrong end

local owner = redis.call('GET', KEYS[3])
if owner and owner ~= token then return {'busy'} end

local ref = redis.call('LINDEX', KEYS[4], 0)
local reply, moved
if ref then reply, moved = load_reply(KEYS[6] .. ref, now) end
while ref and not reply do -- a Redis that lost its tail may have the ref alone
  redis.call('LPOP', KEYS[4])
  redis.call('ZREM', KEYS[7], ARGV[5] .. '/' .. ref)
  ref = redis.call('LINDEX', KEYS[4], 0)
  if ref then reply, moved = load_reply(KEYS[6] .. ref, now) end
end
if not ref then
  redis.call('DEL', KEYS[3])
  redis.call('ZREM', KEYS[5], chat)
  return {'empty'}
end
redis.call('SET', KEYS[3], token, 'PX', lease_ms)
local doubted = doubt_earlier_epoch(reply, now)
if moved or doubted then
  redis.call('ZADD', KEYS[5], reply['until'] ~= '' and reply['until'] or now, chat)
  save_reply(KEYS[6] .. ref, reply, now)
end
return {'reply', unpack(redis.call('HGETALL', KEYS[6] .. ref))}
