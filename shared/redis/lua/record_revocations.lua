-- Records access that has ended, in a full Redis too.
-- keys: access_ended:hash
-- args: ended:map
-- returns: none

-- At `maxmemory` a script may go on writing after a first write that needs no memory: so access can be
-- revoked.
redis.call('HDEL', KEYS.access_ended, (next(ended)))
for what, since in pairs(ended) do redis.call('HSET', KEYS.access_ended, what, since) end
