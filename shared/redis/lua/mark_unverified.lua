-- Moves an inbox entry whose sender is not proven to the unverified webhooks: it is looked up before
-- it counts.
-- KEYS: 1 INBOX stream, 2 UNVERIFIED stream, 3 COUNTERS hash
-- ARGV: 1 consumer group, 2 entry id, 3 most unverified webhooks kept, then the fields and values to
--   keep
-- Returns 1, or 0 when the entry is gone already.
local group, entry, most = ARGV[1], ARGV[2], ARGV[3]

if #redis.call('XRANGE', KEYS[1], entry, entry) == 0 then return 0 end

local fields = {}
for i = 4, #ARGV do fields[#fields + 1] = ARGV[i] end
redis.call('XADD', KEYS[2], '*', unpack(fields))
redis.call('XTRIM', KEYS[2], 'MAXLEN', most)
redis.call('XACK', KEYS[1], group, entry)
redis.call('XDEL', KEYS[1], entry)
redis.call('HINCRBY', KEYS[3], 'unsigned', 1)
return 1
