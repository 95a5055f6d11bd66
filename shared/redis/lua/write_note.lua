-- Adds a note to those that operators keep beside a thread, once per id, and tells all of them.
-- include: _journal _notes
-- keys: state:hash journal:stream chat:hash notes:hash
-- args: now:time note_id same head scope most:number
--   most_bytes:number most_bytes_in_all:number
-- returns: verdict:written|known|conflict|unknown|full|all_full note:bytes
-- same: JSON that is equal for the same note (text and author). head: JSON of the rest. most: notes
-- kept of a chat. most_bytes: of a chat; most_bytes_in_all: of all. known: the same note again. conflict:
-- same id, another note. unknown: no such chat. full: the chat has too many. all_full: all chats have.
-- For the last four the note is ''.

local held = redis.call('HGET', KEYS.notes, note_id)
if held then
  if held:find(same, 1, true) then return {'known', held} end
  return {'conflict', ''}
end
if redis.call('EXISTS', KEYS.chat) == 0 then return {'unknown', ''} end
local note = '{' .. head .. ',' .. same .. ',"at":' .. now .. ',"deleted":false}'
local number, bytes = size_of_notes()
if number >= most or bytes + #note > most_bytes then return {'full', ''} end
if not count_notes(#note, most_bytes_in_all) then return {'all_full', ''} end
redis.call('HSET', KEYS.notes, note_id, note)
emit('note', scope, now, '', ',"note":' .. note)
return {'written', note}
