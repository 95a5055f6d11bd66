-- One message as it is stored, and the rule by which two reports of it become one.
-- Stored as `header\nJSON`: readers take what follows the first line; the header is for merging.
-- The JSON is put together from ready pieces, never by cjson, which rounds numbers and turns [] into
-- {}.

-- `own` of a message that no person typed: it answers nothing.
local AUTOMATIC = '{"operator":null,"automatic":true}'

-- Its member in the thread, ordered among messages of one second by rank in Avito's page, then by id.
local function member_of(m)
  if m.rank == '' then return '~' .. m.id end
  return string.format('%03d', tonumber(m.rank)) .. m.id
end

local function is_ranked(member) return member:sub(1, 1) ~= '~' end

local function id_of(member)
  if not is_ranked(member) then return member:sub(2) end
  return member:sub(4)
end

-- The ids of the messages created since `from`, each between line ends, as in a reply's `held`.
local function ids_since(thread, from)
  local ids = {}
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', thread, from, '+inf')) do
    ids[#ids + 1] = id_of(member)
  end
  return '\n' .. table.concat(ids, '\n') .. '\n'
end

local function bit(flag) return flag and '1' or '0' end
local function blank(text) return text == '' and '-' or text end
local function unblank(text) return text == '-' and '' or text end

-- Its rank is the one that was told: one that moves nothing is no event, so what is read over REST must
-- not show it before the events do that are still on their way.
local function message_json(m)
  return '{' .. m.head .. ',"type":' .. m.type .. ',"content":' .. m.content
    .. ',"quote":' .. m.quote .. ',"own":' .. m.own .. ',"created":' .. m.created
    .. ',"rank":' .. (m.told_rank == '' and 'null' or m.told_rank) .. ',"read":' .. tostring(m.read)
    .. ',"deleted":' .. tostring(m.deleted) .. ',"source":"' .. m.source .. '"'
    .. (m.kind == 'lead' and not m.deleted and ',"lead":true' or '') .. '}'
end

local function pack_message(m)
  local flags = m.direction .. m.level .. bit(m.answers) .. bit(m.deleted) .. bit(m.read) .. bit(m.unrung)
  return table.concat({
    m.created, blank(m.rank), flags, m.asof, blank(m.content_fp), blank(m.quote_fp), m.source,
    #m.head, #m.type, #m.content, #m.quote, #m.own, blank(m.kind),
  }, ' ') .. '\n' .. message_json(m)
end

-- The kind of a message that a version stored which knew none.
local function kind_before(direction, kind)
  if direction == 's' then return 'system' end
  if direction == 'o' then return '' end
  if kind == '"call"' then return 'call' end
  return kind == '"appCall"' and 'appCall' or 'words'
end

local HEADER = '^(%S+) (%S+) ([ios]%S+) (%S+) (%S+) (%S+) (%S+) (%d+) (%d+) (%d+) (%d+) (%d+) ?(%S*)\n()'

-- The message of a stored value, nil if it cannot be read: then no commit has written it. What lies within
-- its pieces is not looked at (worker/sync/sweep/unreadable.py).
local function unpack_message(id, value)
  local field = {value:match(HEADER)}
  if not (tonumber(field[1]) and tonumber(field[4])) then return nil end
  local json = value:sub(field[14])
  local at = 2 -- after '{'
  local function piece(size, label)
    at = at + #label
    local text = json:sub(at, at + size - 1)
    at = at + size
    return text
  end
  local flags = field[3]
  local m = {
    id = id, created = field[1], rank = unblank(field[2]), asof = field[4],
    direction = flags:sub(1, 1), level = flags:sub(2, 2), answers = flags:sub(3, 3) == '1',
    deleted = flags:sub(4, 4) == '1', read = flags:sub(5, 5) == '1',
    unrung = flags:sub(6, 6) ~= '0', -- not known of what an earlier version stored
    content_fp = unblank(field[5]), quote_fp = unblank(field[6]), source = field[7],
    head = piece(tonumber(field[8]), ''), type = piece(tonumber(field[9]), ',"type":'),
    content = piece(tonumber(field[10]), ',"content":'), quote = piece(tonumber(field[11]), ',"quote":'),
    own = piece(tonumber(field[12]), ',"own":'),
  }
  m.kind = field[13] ~= '' and unblank(field[13]) or kind_before(m.direction, m.type)
  m.told_rank = json:match('^,"created":[^,]*,"rank":(%d*).*}$', at) -- nil: the pieces do not fit the header
  return m.told_rank and (m.rank == '' or tonumber(m.rank)) and m
end

-- Tells whether the content of `new` replaces that of `held`: some content replaces none, the API's a
-- webhook's, a later reading an earlier one. Between two webhooks the fingerprint decides, so that
-- arrival order never matters.
local function newer_content(held, new)
  if new.content_fp == '' or new.content_fp == held.content_fp then return false end
  if held.content_fp == '' then return true end
  local held_asof, new_asof = tonumber(held.asof), tonumber(new.asof)
  if new_asof ~= held_asof then return new_asof > held_asof end
  return new.content_fp > held.content_fp
end

-- Removes a deleted message's content. One of ours stays an answer, unless it was known to be none (a
-- bot's).
local function erase(m)
  m.deleted, m.answers = true, m.answers and m.direction == 'o'
  m.type, m.content, m.content_fp = '"deleted"', '{}', ''
  m.quote, m.quote_fp = 'null', ''
end

local function apply_automatic(m)
  if m.own == AUTOMATIC then m.answers = false end
end

-- Takes over what the content of `new` says of who speaks, and what it asks for.
local function judge_as(held, new)
  held.head, held.direction, held.kind, held.answers = new.head, new.direction, new.kind, new.answers
end

-- The fingerprint of the words by which Avito also says that a message was deleted.
local DELETION_WORDS = 'deletion-words'

local function is_text_unknown(m)
  return not m.deleted and m.content_fp == '' and (m.type == '"text"' or m.type == '"unknown"')
end

-- Tells whether a report has other content than these words. A call, say, may be empty; an empty text is
-- one that is not known.
local function says_else(m)
  return m.content_fp ~= DELETION_WORDS and not is_text_unknown(m)
end

-- Tells whether two reports of one id have these words and others, in either order: it was deleted.
local function tell_deletion(held, new)
  return (held.content_fp == DELETION_WORDS and says_else(new))
    or (new.content_fp == DELETION_WORDS and says_else(held))
end

-- Tells whether `new` says better than `held` who speaks. The words of a deletion say nothing of that. The
-- same content is judged anew: an earlier version may have taken it for the buyer's.
local function says_who(held, new, newer)
  if new.content_fp == '' or new.content_fp == DELETION_WORDS then return false end
  return newer or held.content_fp == new.content_fp or held.content_fp == DELETION_WORDS
end

-- Merges `new` into `held` (changed in place). Deleted and read stay once they are set, missing fields
-- are filled in, and the source is the first that reported it.
local function merge_message(held, new)
  if tell_deletion(held, new) then new.deleted = true end
  local newer = newer_content(held, new)
  if says_who(held, new, newer) then judge_as(held, new) end
  if newer then held.type, held.content, held.content_fp = new.type, new.content, new.content_fp end
  if held.asof == '0' and new.asof ~= '0' then
    held.created = new.created -- the API knows better than a webhook, whose time may be a guess
  elseif (held.asof == '0') == (new.asof == '0') and tonumber(new.created) < tonumber(held.created) then
    held.created = new.created
  end
  if held.rank == '' or (new.rank ~= '' and tonumber(new.asof) > tonumber(held.asof)) then
    held.rank = new.rank -- an earlier page may have lacked a message of this second
  end
  if tonumber(new.asof) > tonumber(held.asof) then held.asof = new.asof end
  if held.quote_fp == '' and new.quote_fp ~= '' then
    held.quote, held.quote_fp = new.quote, new.quote_fp
  end
  if held.own == 'null' then held.own = new.own end
  held.read = held.read or new.read
  if held.deleted or new.deleted then erase(held) end
  apply_automatic(held)
end
