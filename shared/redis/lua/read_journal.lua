-- Reads a part of the journal with the epoch and the head that it belongs to, as of one instant.
-- A script and not MULTI: a script that writes nothing runs at `maxmemory` too, where Redis refuses
-- MULTI.
-- KEYS: 1 STATE hash, 2 JOURNAL stream
-- ARGV: 1 id of the first entry to read, 2 how many at most
-- Returns {{epoch, seq}, entries}.
return {
  redis.call('HMGET', KEYS[1], 'epoch', 'seq'),
  redis.call('XRANGE', KEYS[2], ARGV[1], '+', 'COUNT', ARGV[2]),
}
