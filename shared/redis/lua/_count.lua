-- Counters in hashes.

-- Adds to a field of a hash, which begins anew if it is no number; returns what it is then.
local function count_up(key, field, by)
  local held = redis.call('HGET', key, field) or '0'
  if #held > 15 or not held:find('^%-?%d+$') then redis.call('HDEL', key, field) end
  return redis.call('HINCRBY', key, field, by)
end
