-- Deletes consumers that have been gone for long. One that still holds entries stays: they must be
-- claimed first.
-- KEYS: 1 the stream
-- ARGV: 1 consumer group, 2 idle milliseconds after which a consumer is gone
-- Returns how many were deleted; 0 when there is no such stream or group.
local stream, group, gone_after = KEYS[1], ARGV[1], tonumber(ARGV[2])

local known = redis.pcall('XINFO', 'CONSUMERS', stream, group)
if known.err then return 0 end

local forgotten = 0
for _, flat in ipairs(known) do
  local reader = {}
  for i = 1, #flat, 2 do reader[flat[i]] = flat[i + 1] end
  if reader.pending == 0 and reader.idle > gone_after then
    redis.call('XGROUP', 'DELCONSUMER', stream, group, reader.name)
    forgotten = forgotten + 1
  end
end
return forgotten
