-- Makes a hint of an inbox entry that does not prove who sent it after all: it is looked up before it counts.
-- KEYS[1] keys.INBOX, KEYS[2] keys.UNVERIFIED, KEYS[3] keys.COUNTERS
-- ARGV[1] group, ARGV[2] entry id, ARGV[3] most hints kept, then the fields and values to keep
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
