-- include: _journal
-- Adds a note to those that operators keep beside a thread, once per id, and tells all of them.
-- KEYS: 1 STATE hash, 2 JOURNAL stream, 3 chat hash, 4 notes hash
-- ARGV: 1 now (Unix seconds), 2 id, 3 JSON that is equal for the same note (text and author), 4 JSON
--   of the rest (`"id":...,"chat_id":...`), 5 scope of events, 6 most notes kept of a chat
-- Returns {verdict, note JSON}: `written`, `known` (the same note again), `conflict` (same id, another
--   note), `unknown` (no such chat), `full`; JSON is '' for the last three.
local now, id, same, head, scope, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])

local wrong = expect_types({'hash', 'stream', 'hash', 'hash'})
if wrong then return wrong end

local held = redis.call('HGET', KEYS[4], id)
if held then
  if held:find(same, 1, true) then return {'known', held} end
  return {'conflict', ''}
end
if redis.call('EXISTS', KEYS[3]) == 0 then return {'unknown', ''} end
if redis.call('HLEN', KEYS[4]) >= most then return {'full', ''} end

local note = '{' .. head .. ',' .. same .. ',"at":' .. now .. ',"deleted":false}'
redis.call('HSET', KEYS[4], id, note)
emit('note', scope, now, '', ',"note":' .. note)
return {'written', note}
