-- Moves an inbox entry that cannot be committed to the dead letters, with the reason.
-- constants: INBOX_GROUP
-- keys: inbox:stream dead:stream commit_attempts:hash counters:hash
-- args: entry most:number fields*
-- returns: bytes
-- fields: names and values to keep; at most `most` dead letters are kept. Returns the id of the dead
-- letter, or '' when the entry is gone already.

if #redis.call('XRANGE', KEYS.inbox, entry, entry) == 0 then return '' end

local id = redis.call('XADD', KEYS.dead, '*', unpack(fields))
local dropped = redis.call('XTRIM', KEYS.dead, 'MAXLEN', most)
redis.call('XACK', KEYS.inbox, INBOX_GROUP, entry)
redis.call('XDEL', KEYS.inbox, entry)
redis.call('HDEL', KEYS.commit_attempts, entry)
redis.call('HINCRBY', KEYS.counters, 'dead', 1)
if dropped > 0 then redis.call('HINCRBY', KEYS.counters, 'dead_dropped', dropped) end
return id
