-- Moves one dead letter back to the inbox, without its reason and what was noted of it.
-- keys: dead:stream inbox:stream dead_notes:hash dead_asked:hash
-- args: letter wanted*
-- returns: bool
-- wanted: the names of the fields that go back. Returns false when there is no such letter.

local found = redis.call('XRANGE', KEYS.dead, letter, letter)
if #found == 0 then return 0 end

local goes_back, fields = {}, {}
for _, name in ipairs(wanted) do goes_back[name] = true end
local held = found[1][2]
for i = 1, #held, 2 do
  if goes_back[held[i]] then
    fields[#fields + 1] = held[i]
    fields[#fields + 1] = held[i + 1]
  end
end
redis.call('XADD', KEYS.inbox, '*', unpack(fields))
redis.call('XDEL', KEYS.dead, letter)
redis.call('HDEL', KEYS.dead_notes, 'outcome:' .. letter, 'count:' .. letter)
redis.call('HDEL', KEYS.dead_asked, letter)
return 1
