-- Writes down whether webhooks are wanted, as far as the list at Avito tells; the owner's word stands.
-- KEYS[1] keys.FACTS, KEYS[2] lease string   ARGV[1] '1' or '0', ARGV[2] owner of the lease
-- Returns 1, or 0 when the owner has said it or the lease is somebody else's by now.
local facts, lease, wanted, owner = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
if redis.call('GET', lease) ~= owner then return 0 end
if redis.call('HGET', facts, 'wanted_by') == 'owner' then return 0 end
redis.call('HSET', facts, 'wanted', wanted, 'wanted_by', 'list')
return 1
