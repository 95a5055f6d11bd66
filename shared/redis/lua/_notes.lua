-- How much notes take: `notes` of the state has the bytes of all. Those that an earlier version wrote do
-- not count in it.

-- How many notes the chat has, and their bytes.
local function size_of_notes()
  local flat, bytes = redis.call('HGETALL', KEYS.notes), 0
  for at = 2, #flat, 2 do bytes = bytes + #flat[at] end
  return #flat / 2, bytes
end

-- Counts bytes that are added or, negative, removed; not if that makes more than `most` in all.
local function count_notes(bytes, most)
  local before = tonumber((redis.call('HGET', KEYS.state, 'notes') or ''):match('^%d+$')) or 0
  local taken = math.max(0, before + bytes)
  if most and taken > most then return false end
  redis.call('HSET', KEYS.state, 'notes', string.format('%d', taken))
  return true
end
