-- Renews a lease that is still the caller's.
-- given: lease:string
-- args: owner ms:number
-- returns: bool

if redis.call('GET', KEYS.lease) == owner then return redis.call('PEXPIRE', KEYS.lease, ms) end
return 0
