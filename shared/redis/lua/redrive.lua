-- Moves one dead letter back to the inbox, without its reason.
-- KEYS: 1 DEAD stream, 2 INBOX stream
-- ARGV: 1 id of the dead letter, then the names of the fields that go back
-- Returns 1, or 0 when there is no such letter.
local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
if #found == 0 then return 0 end

local wanted, fields = {}, {}
for i = 2, #ARGV do wanted[ARGV[i]] = true end
local held = found[1][2]
for i = 1, #held, 2 do
  if wanted[held[i]] then
    fields[#fields + 1] = held[i]
    fields[#fields + 1] = held[i + 1]
  end
end
redis.call('XADD', KEYS[2], '*', unpack(fields))
redis.call('XDEL', KEYS[1], ARGV[1])
return 1
