-- Moves an inbox entry that cannot be committed to the dead letters, with the reason.
-- KEYS: 1 INBOX stream, 2 DEAD stream, 3 COMMIT_ATTEMPTS hash, 4 COUNTERS hash
-- ARGV: 1 consumer group, 2 entry id, 3 most dead letters kept, then the fields and values to keep
-- Returns the id of the dead letter, or '' when the entry is gone already.
local group, entry, most = ARGV[1], ARGV[2], ARGV[3]

if #redis.call('XRANGE', KEYS[1], entry, entry) == 0 then return '' end

local fields = {}
for i = 4, #ARGV do fields[#fields + 1] = ARGV[i] end
local id = redis.call('XADD', KEYS[2], '*', unpack(fields))
local dropped = redis.call('XTRIM', KEYS[2], 'MAXLEN', most)
redis.call('XACK', KEYS[1], group, entry)
redis.call('XDEL', KEYS[1], entry)
redis.call('HDEL', KEYS[3], entry)
redis.call('HINCRBY', KEYS[4], 'dead', 1)
if dropped > 0 then redis.call('HINCRBY', KEYS[4], 'dead_dropped', dropped) end
return id
