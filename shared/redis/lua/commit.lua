-- Merges messages and facts of one chat into the read model: all of it or nothing.
-- It journals and publishes what operators can see of it, and acknowledges the inbox entry that it came
-- from.
-- include: _epoch _journal _outbox _end_reply _message _chat _notice _thread _match_reply
-- constants: INBOX_GROUP
-- keys: state:hash journal:stream inbox:stream commit_attempts:hash chat thread:zset messages:hash
--   waiting:zset dismissed:zset chats:zset unread:zset unanswered:zset unassigned:zset assigned:prefix
--   floors forgotten to_enrich:zset to_recheck:hash found_by_sweep:zset
--   outbox claims reply:prefix outbox_waiting to_deliver failed pictures
-- args: now:time accepted:time? entry account_id chat_id chat_json source quiet:bool from_row:bool
--   recheck:bool keep:number
--   expected_since:number? expected_epoch chat_type facts_updated facts_read:time? facts_fp buyer item
--   facts_buying own_ref sure:bool
--   messages(id created rank direction kind answers:bool deleted:bool read:bool
--   announces_deletion:bool verified:bool asof content_fp quote_fp head type content quote own match)*
-- returns: new:int changed:int unenriched:bool seq:int is_reply:bool needs_recheck:bool unreadable:int
--   waited:float?
-- entry: of the inbox ('' none). quiet: in bulk, a thread that is read for the first time. from_row: it is
-- the chat's row in Avito's list. keep: messages kept. expected_since: a webhook should have brought
-- messages created after it, in this epoch. chat_type: JSON ('' unknown). facts_updated: '' where there
-- are no facts. facts_buying: 1, 0 or '' (Avito does not say). own_ref: the reply that the one message is
-- ('' none known); sure: Avito's own answer said so.
-- A message: rank ('' unknown), direction (i, o or s), kind (how it is noticed, _notice.lua), answers (a
-- buyer's wait), announces_deletion (of a message that may have another id), verified (by an earlier
-- sweep), asof (when Avito's API said so; 0: a webhook did), content_fp ('' empty), quote_fp ('' none),
-- the JSON pieces head (id, chat, author, direction), type, content, quote, own, and match: the words by
-- which it is matched with a reply of ours ('' when it can be none).
-- new, changed: how many messages. unenriched: the chat still needs it. is_reply: a message is the reply
-- own_ref, or of the queue. needs_recheck: a message of unknown id was deleted in the chat, or only ids
-- put a buyer's message before ours of the same second. unreadable: how many stored messages were met that
-- cannot be read. waited: seconds that the buyer had waited for
-- this answer; absent: it is none.

local ANSWERED_LATELY_S = 3600
local LOUD_AT_MOST = 20 -- more changes in one commit are one `thread` event

-- Read: the chat as it is stored, the reply that a message may be, and where an unknown chat begins.

local chat = load_chat()
local candidate = find_candidate(messages, own_ref, sure)
local is_expected = expected_since and expected_epoch == epoch_now()
local pruned_at, forgotten_at
if not chat.known then
  pruned_at = redis.call('ZSCORE', KEYS.floors, chat_id) or redis.call('ZSCORE', KEYS.floors, '')
  local at = redis.call('GET', KEYS.forgotten) or ''
  forgotten_at = tonumber(at) and at
end

-- Check: after the first write an error would leave half a commit.

local wrong = chat.wrong or candidate.wrong
if wrong then return wrong end
for _, m in ipairs(messages) do
  if not (tonumber(m.created) and tonumber(m.asof)) or m.id == '' then
    return redis.error_reply('ERR commit: message ' .. m.id .. ' has no id, created or asof')
  end
end

-- Decide: what becomes of the chat and of each message. Merging stores a message at once, since its place
-- decides on that of the next.

find_lost_marks(chat)

local before = {
  buyer = chat.buyer, item = chat.item, type = chat.type, enriched = chat.enriched, read = chat.read,
  buying = chat.buying, word = chat.word, avitos = is_avitos(chat),
  answer = chat.answer, seen = later(chat.out, chat.read),
}

-- A chat that is not stored has a floor where it was pruned (prune_chat.lua) or forgotten on its
-- buyer's request: older messages are not new.
local function begin_chat()
  chat.type, chat.buyer, chat.item, chat.rule = 'null', 'null', 'null', rule
  if pruned_at then chat.floor = pruned_at .. ' \254' end
  if forgotten_at then chat.floor = later(chat.floor, forgotten_at .. ' \255') end
end

local function take_facts()
  local updated, read_at = tonumber(facts_updated), tonumber(facts_read)
  local held_updated, held_read = tonumber(chat.facts_updated) or -1, tonumber(chat.facts_read) or -1
  local older = updated < held_updated or (updated == held_updated and read_at < held_read)
  if chat.buying == '' or chat.buying == '-' or (facts_buying ~= '' and not older) then
    chat.buying = facts_buying == '' and '-' or facts_buying
  end
  if older then return end
  chat.facts_updated, chat.facts_read = facts_updated, facts_read
  chat.enriched = '1'
  if facts_fp ~= chat.facts_fp then chat.facts_fp, chat.buyer, chat.item = facts_fp, buyer, item end
end

if not chat.known then begin_chat() elseif chat.rule == '' then adopt(chat) end
-- A type with a buyer holds: that of Avito's own chats may be a guess.
if chat_type ~= '' and (chat.type == 'null' or chat_type ~= '"a2u"') then chat.type = chat_type end
if facts_updated ~= '' then take_facts() end

local shown, shown_by_id, new_count, changed_count, deleted_unknown, replaced = {}, {}, 0, 0, nil, nil
local touched = {} -- the seconds in which a message is new or has moved
local unchanged = {} -- messages, by id, of which no more than a rank can have become known

local function tell_of(m, is_new)
  shown[#shown + 1] = {message = m, is_new = is_new}
  shown_by_id[m.id] = m
end

-- Notes a message that a sweep found first, though a webhook should have brought it; any other report of
-- it ends that.
local function note_finding(m, is_new)
  local proof = chat_id .. ' ' .. m.id
  if source ~= 'sweep' then
    redis.call('ZREM', KEYS.found_by_sweep, proof)
  elseif is_new and is_expected and tonumber(m.created) > expected_since then
    redis.call('ZADD', KEYS.found_by_sweep, now, proof)
  end
end

local function merge(report)
  local mistaken = candidate.reply and match_reply(candidate, report)
  local corrected = mistaken and unmark_as_ours(chat, mistaken)
  if corrected then tell_of(corrected, false) end
  local m, outcome, unknown = merge_report(chat, report)
  local is_new = outcome == 'new' and not report.verified
  if unknown then
    deleted_unknown = m.id .. ' ' .. m.head:match('"author_id":(%d+)') .. ' ' .. m.created
  end
  if outcome then tell_of(m, is_new or was_hidden(m, before.seen)) end
  if not outcome then unchanged[m.id] = m end
  if outcome == 'new' or m.moved then touched[#touched + 1] = m.created end
  if outcome == 'new' then new_count = new_count + 1 end
  if outcome == 'changed' then changed_count = changed_count + 1 end
  replaced = replaced or m.replaces
  note_finding(m, is_new)
end

for _, m in ipairs(messages) do
  m.source = source
  merge(m)
end

-- Among messages of one second a new place is known by all their ranks, not all of which may have been
-- told; and our own rank may put a message after ours that only ids had put before it.
local function tell_beside(created, member, seen)
  local id = id_of(member)
  local m = load_message(id)
  if not m then return end
  m.was = unchanged[id] and unchanged[id].was or {created = created, member = member}
  local rings = m.level ~= '0' and was_hidden(m, before.seen) and after(created, member, seen)
  local is_untold = is_ranked(member) and m.told_rank ~= m.rank
  if is_untold then tell_rank(m) end
  if shown_by_id[id] then
    shown_by_id[id].told_rank = m.told_rank
  elseif rings or is_untold then
    tell_of(m, rings)
  end
end

local function tell_all_beside()
  local seen = later(chat.out, chat.read)
  local went_back = seen ~= before.seen and later(before.seen, seen) ~= seen
  for _, created in ipairs(touched) do
    local first = redis.call('ZRANGEBYSCORE', KEYS.thread, created, created, 'LIMIT', 0, 1)[1]
    local any = went_back or (first and is_ranked(first)) -- ranked ones stand first
    for _, member in ipairs(any and redis.call('ZRANGEBYSCORE', KEYS.thread, created, created) or {}) do
      tell_beside(created, member, seen)
    end
  end
end

-- Decides anew how each message is noticed, where what decides it has changed.
local function notice_again()
  if chat.word_lost and chat.word == 'held' and not each_held(true, is_word) then chat.word = '' end
  local word_came_or_went = chat.mixed == '1' and (chat.word == '') ~= (before.word == '')
  if chat.rule == rule and not word_came_or_went and is_avitos(chat) == before.avitos then return end
  chat.rule = rule
  each_held(false, function(m)
    if level_of(chat, m) ~= m.level then store(chat, m) end
  end)
end

notice_again()
tell_all_beside()

-- A chat does not come back by messages below its floor, nor by the deletion of an unknown message, and none
-- begins without a message: the Redis that had the chat was replaced while Avito was asked about it.
local stays_hidden = not chat.known and #shown == 0
  and (#messages == 0 or chat.floor ~= '' or (deleted_unknown and facts_updated == ''))
local hidden = source ~= 'sweep' and not stays_hidden and concerns_our_last(chat, messages)
  and hidden_by_id(chat)
-- A webhook may be older than what cannot be read.
local doubtful = recheck or (replaced and source ~= 'sweep')
local again = hidden or (doubtful and messages[1].id)
  or (not (forgotten_at and #shown == 0) and deleted_unknown)
local waiting_since = chat.answer ~= before.answer and redis.call('ZSCORE', KEYS.unanswered, chat_id)

-- Write: the chat and its lists, the events, and the end of the inbox entry.

local function tell(kind, body) emit(kind, CHAT_SCOPE, now, accepted, body) end

local function tell_each_message(counters)
  local seen = later(chat.out, chat.read)
  for _, change in ipairs(shown) do
    local m = change.message
    local rings = change.is_new and ring(chat, m, seen)
    tell('message', ',"message":' .. message_json(m) .. counters .. ',"ring":' .. tostring(rings))
  end
end

-- What can be seen of a chat: not that the version before `buying` left it out.
local function visible(json) return (json:gsub(',"buying":false', '')) end

-- Saves the chat and tells the operators what they can see of the change.
local function show()
  trim_thread(chat, keep)
  local json = chat.json
  local counters, changed = save_chat(chat)
  if #shown == 0 then changed = changed and visible(json) ~= visible(chat.json) end
  local facts_changed = not chat.known or chat.buyer ~= before.buyer or chat.item ~= before.item
    or chat.type ~= before.type or chat.enriched ~= before.enriched
    or (chat.buying == '1') ~= (before.buying == '1')
  if from_row then
    if changed then tell('chat', ',"chat":' .. chat.json) end
    return
  end
  if #shown > LOUD_AT_MOST or (quiet and (changed or #messages > 0)) then
    tell('thread', ',"chat":' .. chat.json)
    return
  end
  if facts_changed then tell('chat', ',"chat":' .. chat.json) end
  tell_each_message(counters)
  if message_of(chat.read) ~= message_of(before.read) then tell('read', counters) end
  if changed and not facts_changed and #shown == 0 then tell('chat', ',"chat":' .. chat.json) end
end

-- How long the buyer had waited, if this commit ended that and the answer is recent; what a sweep
-- brings late does not count.
local function waited()
  if not waiting_since or redis.call('ZSCORE', KEYS.unanswered, chat_id) then return '' end
  local answered = split_mark(chat.answer)
  if now - answered > ANSWERED_LATELY_S then return '' end
  return number_text(math.max(0, answered - waiting_since))
end

if again then redis.call('HSET', KEYS.to_recheck, chat_id, again) end
if not stays_hidden then
  show()
  if not chat.known then redis.call('ZREM', KEYS.floors, chat_id) end -- the chat itself has its floor now
end
-- Facts that an earlier version read do not say whether we are the buyer.
local needs_enriching = not stays_hidden and (chat.enriched ~= '1' or (chat.buying == '' and chat.waits))
if needs_enriching then
  redis.call('ZADD', KEYS.to_enrich, 'NX', now, chat_id)
else
  redis.call('ZREM', KEYS.to_enrich, chat_id)
end
if entry ~= '' then
  redis.call('XACK', KEYS.inbox, INBOX_GROUP, entry)
  redis.call('XDEL', KEYS.inbox, entry)
  redis.call('HDEL', KEYS.commit_attempts, entry)
end
return {new_count, changed_count, needs_enriching and 1 or 0, seq_reached(),
  candidate.matched and 1 or 0, (deleted_unknown or hidden or doubtful) and 1 or 0, unreadable, waited()}
