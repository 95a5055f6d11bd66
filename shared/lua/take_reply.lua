-- include: _journal _outbox
-- Gives one worker alone the first reply of a chat's queue; it stays first until it ends.
-- KEYS (shared/keys.py): 1 lease string, 2 outbox list, 3 deliver zset, 4 reply prefix, 5 OUTBOX_WAITING zset
-- ARGV: 1 owner's token, 2 milliseconds of lease, 3 chat id, 4 account id
-- Returns {'busy'} (another worker has it), {'empty'} (nothing to do, the lease is given back) or
-- {'reply', name, value, …}.
local token, lease_ms, chat = ARGV[1], ARGV[2], ARGV[3]

local owner = redis.call('GET', KEYS[1])
if owner and owner ~= token then return {'busy'} end

local ref = redis.call('LINDEX', KEYS[2], 0)
local fields = ref and redis.call('HGETALL', KEYS[4] .. ref)
while ref and #fields == 0 do -- a Redis that lost its tail may know the ref only
  redis.call('LPOP', KEYS[2])
  redis.call('ZREM', KEYS[5], ARGV[4] .. '/' .. ref)
  ref = redis.call('LINDEX', KEYS[2], 0)
  fields = ref and redis.call('HGETALL', KEYS[4] .. ref)
end
if not ref then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[3], chat)
  return {'empty'}
end
redis.call('SET', KEYS[1], token, 'PX', lease_ms)
return {'reply', unpack(fields)}
