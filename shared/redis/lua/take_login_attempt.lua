-- Takes one login attempt before the password is checked, if no limit is reached.
-- KEYS: one hash (login_attempts) for each limit: `taken` (attempts that failed or are being checked),
--   `failed`
-- ARGV: 1 seconds that a window lasts, 2 seconds to wait while attempts are being checked, then the
--   limit of each key
-- Returns seconds to wait; 0: the attempt is taken. Refused attempts are not counted.
local window, while_checked = tonumber(ARGV[1]), tonumber(ARGV[2])
local wait = 0
for number, key in ipairs(KEYS) do
  local limit = tonumber(ARGV[2 + number])
  local counts = redis.call('HMGET', key, 'taken', 'failed')
  if (tonumber(counts[2]) or 0) >= limit then
    wait = math.max(wait, redis.call('TTL', key), 1)
  elseif (tonumber(counts[1]) or 0) >= limit then
    wait = math.max(wait, while_checked)
  end
end
if wait > 0 then return wait end
for _, key in ipairs(KEYS) do
  if redis.call('HINCRBY', key, 'taken', 1) == 1 then redis.call('EXPIRE', key, window) end
end
return 0
