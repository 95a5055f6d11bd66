-- Deletes a note for good and tells all operators.
-- include: _journal _notes
-- keys: state:hash journal:stream notes:hash
-- args: now:time note_id author? head scope
-- returns: done|unknown|foreign
-- author: the one it must have; absent: any. head: JSON of id and chat. unknown: no such note.
-- foreign: it has another author.

local held = redis.call('HGET', KEYS.notes, note_id)
if not held then return 'unknown' end
local is_read, note = pcall(cjson.decode, held)
if author ~= '' and not (is_read and type(note) == 'table' and note.by == author) then return 'foreign' end

redis.call('HDEL', KEYS.notes, note_id)
count_notes(-#held)
emit('note', scope, now, '', ',"note":{' .. head .. ',"deleted":true}')
return 'done'
