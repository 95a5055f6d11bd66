-- Deletes consumers of the inbox that have been gone for long.
-- One that still holds entries stays: they must be claimed first.
-- constants: INBOX_GROUP
-- keys: inbox:stream
-- args: gone_after_ms:number
-- returns: int
-- Returns how many were deleted; 0 when there is no inbox or group.

local known = redis.pcall('XINFO', 'CONSUMERS', KEYS.inbox, INBOX_GROUP)
if known.err then return 0 end

local forgotten = 0
for _, flat in ipairs(known) do
  local reader = {}
  for i = 1, #flat, 2 do reader[flat[i]] = flat[i + 1] end
  if reader.pending == 0 and reader.idle > gone_after_ms then
    redis.call('XGROUP', 'DELCONSUMER', KEYS.inbox, INBOX_GROUP, reader.name)
    forgotten = forgotten + 1
  end
end
return forgotten
