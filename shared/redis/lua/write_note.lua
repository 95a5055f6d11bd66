-- Adds a note to those that operators keep beside a thread, once per id, and tells all of them.
-- include: _journal
-- keys: state:hash journal:stream chat:hash notes:hash
-- args: now:time note_id same head scope most:number
-- returns: verdict:written|known|conflict|unknown|full note:bytes
-- same: JSON that is equal for the same note (text and author). head: JSON of the rest. most: notes
-- kept of a chat. known: the same note again. conflict: same id, another note. unknown: no such chat.
-- For the last three the note is ''.

local held = redis.call('HGET', KEYS.notes, note_id)
if held then
  if held:find(same, 1, true) then return {'known', held} end
  return {'conflict', ''}
end
if redis.call('EXISTS', KEYS.chat) == 0 then return {'unknown', ''} end
if redis.call('HLEN', KEYS.notes) >= most then return {'full', ''} end

local note = '{' .. head .. ',' .. same .. ',"at":' .. now .. ',"deleted":false}'
redis.call('HSET', KEYS.notes, note_id, note)
emit('note', scope, now, '', ',"note":' .. note)
return {'written', note}
