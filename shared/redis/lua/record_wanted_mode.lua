-- Records whether webhooks are wanted, as far as Avito's list tells; the owner's own choice stands.
-- keys: facts:hash
-- given: lease:string
-- args: wanted:bool owner
-- returns: bool
-- Returns false when the owner of the system has chosen, or the lease is not this owner's.

if redis.call('GET', KEYS.lease) ~= owner then return 0 end
if redis.call('HGET', KEYS.facts, 'wanted_by') == 'owner' then return 0 end
redis.call('HSET', KEYS.facts, 'wanted', wanted and '1' or '0', 'wanted_by', 'list')
return 1
