-- Moves an inbox entry whose sender is not proven to the unverified webhooks.
-- It is looked up before it counts.
-- constants: INBOX_GROUP
-- keys: inbox:stream unverified:stream counters:hash
-- args: entry most:number fields*
-- returns: bool
-- fields: names and values to keep; at most `most` unverified webhooks are kept. Returns false when the
-- entry is gone already.

if #redis.call('XRANGE', KEYS.inbox, entry, entry) == 0 then return 0 end

redis.call('XADD', KEYS.unverified, '*', unpack(fields))
redis.call('XTRIM', KEYS.unverified, 'MAXLEN', most)
redis.call('XACK', KEYS.inbox, INBOX_GROUP, entry)
redis.call('XDEL', KEYS.inbox, entry)
redis.call('HINCRBY', KEYS.counters, 'unsigned', 1)
return 1
