-- Acknowledges an inbox entry that changes nothing (a probe), or passes a canary on to the gateways.
-- KEYS: 1 STATE hash, 2 INBOX stream, 3 FACTS hash
-- ARGV: 1 consumer group, 2 entry id, 3 now (Unix seconds), 4 when the canary was accepted ('' no
--   canary)
-- Returns 1 for a canary, else 0.
local group, entry, now, accepted = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

redis.call('XACK', KEYS[2], group, entry)
redis.call('XDEL', KEYS[2], entry)
if accepted == '' then return 0 end

local state = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
local head = state[2] or '0'
redis.call('HSET', KEYS[3], 'last_canary_at', now)
redis.call('PUBLISH', 'avito:events', (state[1] or '-') .. ' - ' .. accepted .. '\n{"type":"canary","seq":'
  .. head .. ',"at":' .. now .. '}')
return 1
