-- Reads what follows a position in the journal.
-- A script and not MULTI: a script that writes nothing runs at `maxmemory` too, where Redis refuses
-- MULTI.
-- include: _read_journal
-- keys: state journal
-- args: epoch seq:number max_events:number max_bytes:number
-- returns: epoch:raw head:int after:int events:raw
-- events: what follows `after` without a hole. None where the journal does not go on from the position:
-- `after` is then the nearest from which it can be read.

return read_journal(epoch, seq, max_events, max_bytes)
