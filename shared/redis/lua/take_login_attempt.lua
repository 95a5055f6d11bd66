-- Takes one login try before the password is looked at, if every limit has one left.
-- KEYS hashes keys.login_attempts, one a limit: `taken` (tries that count or are being judged), `failed`
-- ARGV[1] seconds that a window lasts, ARGV[2] seconds to wait while tries are being judged, then the limit of each key
-- Returns seconds to wait; 0: the try is taken. What is refused is not counted.
local window, soon = tonumber(ARGV[1]), tonumber(ARGV[2])
local wait = 0
for place, key in ipairs(KEYS) do
  local most = tonumber(ARGV[2 + place])
  local counts = redis.call('HMGET', key, 'taken', 'failed')
  if (tonumber(counts[2]) or 0) >= most then
    wait = math.max(wait, redis.call('TTL', key), 1)
  elseif (tonumber(counts[1]) or 0) >= most then
    wait = math.max(wait, soon)
  end
end
if wait > 0 then return wait end
for _, key in ipairs(KEYS) do
  if redis.call('HINCRBY', key, 'taken', 1) == 1 then redis.call('EXPIRE', key, window) end
end
return 0
