-- The error where a key is neither absent nor of the given type, else nil.
local function expect_type(key, kind)
  local found = redis.call('TYPE', key)
  found = found.ok or found
  if found == 'none' or found == kind then return nil end
  return redis.error_reply('WRONGTYPE ' .. key .. ' holds ' .. found .. ', not ' .. kind)
end
