-- Moves an inbox entry that cannot be committed to the dead letters, with the reason.
-- The chats that it names are noted to be read at Avito.
-- include: _count
-- constants: INBOX_GROUP
-- keys: inbox:stream dead:stream dead_notes:hash dead_asked:hash commit_attempts:hash counters:hash
--   to_recheck:hash sweep_requested:string
-- args: entry most:number now:time account_id product day asked chats* fields*
-- returns: bytes
-- product: the other product that it is of ('' none): of those one letter a `day` is kept, with a count.
-- asked: what the answer for the letter is found by ('' nothing was named); without chats an early sweep is
-- asked for. fields: names and values to keep; at most `most` dead letters are kept. Returns the id of the
-- dead letter, or '' when the entry is gone already.
-- dead_notes has, by a letter's id, `outcome:` and `count:`, and `today:<product>`: `<day> <id>`.

if #redis.call('XRANGE', KEYS.inbox, entry, entry) == 0 then return '' end

local function letter_of_today()
  local day_of_it, id = (redis.call('HGET', KEYS.dead_notes, 'today:' .. product) or ''):match('^(%S+) (%S+)$')
  local is_there = day_of_it == day and #redis.call('XRANGE', KEYS.dead, id, id) > 0
  return is_there and id or nil
end

local function add_letter()
  local id = redis.call('XADD', KEYS.dead, '*', unpack(fields))
  local dropped = redis.call('XTRIM', KEYS.dead, 'MAXLEN', most)
  count_up(KEYS.counters, 'dead', 1)
  if dropped > 0 then count_up(KEYS.counters, 'dead_dropped', dropped) end
  if asked ~= '' then redis.call('HSET', KEYS.dead_asked, id, asked) end
  return id
end

local id = product ~= '' and letter_of_today() or add_letter()
if product ~= '' then
  count_up(KEYS.counters, 'product:' .. product, 1)
  count_up(KEYS.dead_notes, 'count:' .. id, 1)
  redis.call('HSET', KEYS.dead_notes, 'today:' .. product, day .. ' ' .. id)
end
for _, chat in ipairs(chats) do redis.call('HSET', KEYS.to_recheck, chat, id) end
if asked ~= '' and #chats == 0 then redis.call('SET', KEYS.sweep_requested, now, 'NX', 'EX', 600) end
redis.call('XACK', KEYS.inbox, INBOX_GROUP, entry)
redis.call('XDEL', KEYS.inbox, entry)
redis.call('HDEL', KEYS.commit_attempts, entry)
return id
