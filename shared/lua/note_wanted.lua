-- Writes down whether webhooks are wanted, as far as the list at Avito tells; the owner's word stands.
-- KEYS[1] keys.FACTS   ARGV[1] '1' or '0'   Returns 1, or 0 when the owner has said it.
local facts, wanted = KEYS[1], ARGV[1]
if redis.call('HGET', facts, 'wanted_by') == 'owner' then return 0 end
redis.call('HSET', facts, 'wanted', wanted, 'wanted_by', 'list')
return 1
