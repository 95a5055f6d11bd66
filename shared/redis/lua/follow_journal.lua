-- Reads what follows the saved position of a follower of the journal.
-- It lies in the Redis of the journal, so a failover takes both back to one instant, and it holds in the
-- present epoch.
-- include: _read_journal
-- keys: state journal journal_positions
-- args: name max_events:number max_bytes:number
-- returns: saved:bytes epoch:raw head:int after:int events:raw
-- saved: '' for none; then the journal is read from its beginning. The rest is as in read_journal.lua.

local saved = redis.call('HGET', KEYS.journal_positions, name) or ''
local seq = tonumber(string.match(saved, '%d+$')) or 0
local found = read_journal(nil, seq, max_events, max_bytes)
table.insert(found, 1, saved)
return found
