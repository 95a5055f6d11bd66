-- Records whether webhooks are wanted, as far as Avito's list tells; the owner's own choice stands.
-- KEYS: 1 FACTS hash, 2 lease string
-- ARGV: 1 '1' or '0', 2 token of the lease's owner
-- Returns 1; 0 when the owner has chosen or the lease is another process's.
local facts, lease, wanted, owner = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
if redis.call('GET', lease) ~= owner then return 0 end
if redis.call('HGET', facts, 'wanted_by') == 'owner' then return 0 end
redis.call('HSET', facts, 'wanted', wanted, 'wanted_by', 'list')
return 1
