-- include: _journal
-- Deletes a note for good and tells all operators.
-- KEYS: 1 STATE hash, 2 JOURNAL stream, 3 notes hash
-- ARGV: 1 now (Unix seconds), 2 id, 3 the author it must have ('' any), 4 JSON of id and chat, 5 scope
--   of events
-- Returns `done`, `unknown` (no such note) or `foreign` (it has another author).
local now, id, who, head, scope = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local wrong = expect_types({'hash', 'stream', 'hash'})
if wrong then return wrong end

local held = redis.call('HGET', KEYS[3], id)
if not held then return 'unknown' end
if who ~= '' and cjson.decode(held).by ~= who then return 'foreign' end

redis.call('HDEL', KEYS[3], id)
emit('note', scope, now, '', ',"note":{' .. head .. ',"deleted":true}')
return 'done'
