-- Reads a part of the journal with the epoch and the head that it belongs to, as of one instant.
-- A script and not MULTI: a script that writes nothing runs at `maxmemory` too, where Redis refuses
-- MULTI.
-- keys: state journal
-- args: first count:number
-- returns: state:raw entries:raw
-- first: id of the first entry to read. count: how many at most. state: epoch and seq.

return {
  redis.call('HMGET', KEYS.state, 'epoch', 'seq'),
  redis.call('XRANGE', KEYS.journal, first, '+', 'COUNT', count),
}
