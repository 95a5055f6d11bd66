-- include: _journal _outbox _message _chat _thread _match_reply
-- Merges messages and facts of one chat into the read model, journals and publishes what operators can
-- see of it, and acknowledges the inbox entry that it came from: all of it or nothing.
-- KEYS: 1 STATE hash, 2 JOURNAL stream, 3 INBOX stream, 4 chat hash, 5 thread zset, 6 messages hash,
--   7 waiting zset, 8 chats zset, 9 unread zset, 10 unanswered zset, 11 to_enrich zset,
--   12 found_by_sweep zset, 13 COMMIT_ATTEMPTS hash, 14 outbox list, 15 claims zset, 16 reply prefix,
--   17 OUTBOX_WAITING zset, 18 to_deliver zset, 19 failed zset, 20 to_recheck hash, 21 PICTURES zset,
--   22 forgotten string, 23 unassigned zset, 24 prefix of the assigned zsets, 25 floors zset,
--   26 dismissed zset
-- ARGV: 1 now, 2 accepted ('' unknown; Unix seconds), 3 consumer group, 4 inbox entry id ('' none),
--   5 account id, 6 chat id, 7 chat id as JSON, 8 source, 9 quiet ('1': bulk), 10 messages kept,
--   11 `<Unix s> <epoch>`: a webhook should have brought messages created after it ('' none), 12 chat
--   type as JSON ('' unknown), 13 facts updated ('' no facts), 14 facts read at, 15 facts fingerprint,
--   16 buyer JSON, 17 item JSON, 18 ref of the reply that the one message is ('' none known), 19 '1'
--   if Avito's own answer said so, then MESSAGE_ARGS for each message (_message.lua)
-- Returns {new messages, changed messages, 1 if the chat still needs enriching, seq after, 1 if a
--   message is the reply of ARGV[18] or of the queue, 1 if the chat must be read again: a message of
--   unknown id was deleted in it, or only ids put a buyer's message before ours of the same second,
--   seconds that the buyer had waited for this answer as text ('' this is none)}.
local FIRST_MESSAGE = 20
local ANSWERED_LATELY_S = 3600
local LOUD_AT_MOST = 20 -- more changes in one commit are one `thread` event

local now, accepted, group, entry = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local account_id, chat_id, chat_json = ARGV[5], ARGV[6], ARGV[7]
local source, quiet, keep = ARGV[8], ARGV[9] == '1', tonumber(ARGV[10])

local wrong = expect_types({
  'hash', 'stream', 'stream', 'hash', 'zset', 'hash', 'zset', 'zset', 'zset', 'zset', 'zset', 'zset', 'hash',
})
wrong = wrong or expect_types({'hash'}, 20) or expect_types({'string'}, 22) or expect_types({'zset', 'zset'}, 25)
if wrong then return wrong end
if (#ARGV - FIRST_MESSAGE + 1) % MESSAGE_ARGS ~= 0 then
  return redis.error_reply('ERR commit: ' .. #ARGV .. ' arguments')
end
for at = FIRST_MESSAGE, #ARGV, MESSAGE_ARGS do
  if not (tonumber(ARGV[at + 1]) and tonumber(ARGV[at + 4])) or ARGV[at] == '' then
    return redis.error_reply('ERR commit: message ' .. ARGV[at] .. ' has no id, created or asof')
  end
end

local candidate = find_candidate(FIRST_MESSAGE, ARGV[18], ARGV[19] == '1')
if candidate.wrong then return candidate.wrong end

local function take_facts(chat)
  local updated, read_at = tonumber(ARGV[13]), tonumber(ARGV[14])
  local held_updated, held_read = tonumber(chat.facts_updated) or -1, tonumber(chat.facts_read) or -1
  if updated < held_updated or (updated == held_updated and read_at < held_read) then return end
  chat.facts_updated, chat.facts_read = ARGV[13], ARGV[14]
  chat.enriched = '1'
  if ARGV[15] ~= chat.facts_fp then
    chat.facts_fp, chat.buyer, chat.item = ARGV[15], ARGV[16], ARGV[17]
  end
end

-- A chat that is not stored has a floor where it was pruned (prune_chat.lua) or forgotten on its
-- buyer's request: older messages are not new. Returns when it was forgotten, if it was.
local function start_at_floor(chat)
  if chat.known then return nil end
  local pruned = redis.call('ZSCORE', KEYS[25], chat_id) or redis.call('ZSCORE', KEYS[25], '')
  if pruned then chat.floor = pruned .. ' \254' end
  local at = redis.call('GET', KEYS[22])
  if at then chat.floor = later(chat.floor, at .. ' \255') end
  return at
end

local chat = load_chat(KEYS[23], KEYS[24])
if chat.wrong then return chat.wrong end
local forgotten = start_at_floor(chat)
local before = {
  buyer = chat.buyer, item = chat.item, type = chat.type, enriched = chat.enriched, read = chat.read,
  answer = chat.answer, seen = later(chat.out, chat.read),
}
if not chat.known then chat.type, chat.buyer, chat.item = 'null', 'null', 'null' end
if ARGV[12] ~= '' then chat.type = ARGV[12] end
if ARGV[13] ~= '' then take_facts(chat) end

-- Tells whether the message stood before what we had seen: its rank may now put it after.
local function comes_to_light(m)
  return m.was ~= nil and not after(m.was.created, m.was.member, before.seen)
end

-- Since when webhooks are expected; nil where they are not, or where the caller read it in another
-- epoch.
local function expected_since()
  local since, epoch = ARGV[11]:match('^(%S+) (.*)$')
  return since and epoch == (redis.call('HGET', KEYS[1], 'epoch') or '') and tonumber(since) or nil
end

local webhooks_since = expected_since()
local shown, new_count, changed_count, to_recheck = {}, 0, 0, nil
for at = FIRST_MESSAGE, #ARGV, MESSAGE_ARGS do
  local report = message_at(at, source)
  local mistaken = candidate.reply and match_reply(candidate, report, now)
  local corrected = mistaken and unmark_as_ours(chat, mistaken)
  if corrected then shown[#shown + 1] = {message = corrected, is_new = false} end
  local m, outcome, unknown = merge_report(chat, report)
  if unknown then to_recheck = m.id end
  if outcome then
    shown[#shown + 1] = {message = m, is_new = (outcome == 'new' and not report.verified) or comes_to_light(m)}
    if outcome == 'new' then new_count = new_count + 1 else changed_count = changed_count + 1 end
  end
  local proof = chat_id .. ' ' .. ARGV[at]
  if source ~= 'sweep' then
    redis.call('ZREM', KEYS[12], proof)
  elseif outcome == 'new' and not report.verified and webhooks_since
    and tonumber(m.created) > webhooks_since then
    redis.call('ZADD', KEYS[12], now, proof)
  end
end

-- Saves the chat and tells the operators what they can see of the change.
local function show()
  trim_thread(chat, keep)
  local scope = '"account_id":' .. account_id .. ',"chat_id":' .. chat_json
  local counters, changed =
    save_chat(chat, chat_id, '"id":' .. chat_json .. ',"account_id":' .. account_id)
  local facts_changed = not chat.known or chat.buyer ~= before.buyer or chat.item ~= before.item
    or chat.type ~= before.type or chat.enriched ~= before.enriched

  if (quiet or #shown > LOUD_AT_MOST) and (changed or #shown > 0) then
    emit('thread', scope, now, accepted, ',"chat":' .. chat.json)
  else
    if facts_changed then emit('chat', scope, now, accepted, ',"chat":' .. chat.json) end
    local seen = later(chat.out, chat.read)
    for _, change in ipairs(shown) do
      local m = change.message
      local rings = change.is_new and m.counts and after(m.created, member_of(m), seen)
      emit('message', scope, now, accepted,
        ',"message":' .. message_json(m) .. counters .. ',"ring":' .. tostring(rings))
    end
    if message_of(chat.read) ~= message_of(before.read) then emit('read', scope, now, accepted, counters) end
    if changed and not facts_changed and #shown == 0 then
      emit('chat', scope, now, accepted, ',"chat":' .. chat.json)
    end
  end

  if chat.enriched ~= '1' then
    redis.call('ZADD', KEYS[11], 'NX', now, chat_id)
  else
    redis.call('ZREM', KEYS[11], chat_id)
  end
end

if to_recheck and not (forgotten and #shown == 0) then redis.call('HSET', KEYS[20], chat_id, to_recheck) end
-- A chat does not come back by messages below its floor, nor by the deletion of an unknown message.
local stays_hidden = not chat.known and #shown == 0 and (chat.floor ~= '' or (to_recheck and ARGV[13] == ''))

-- Tells whether this commit has a message of the same second as our last one.
local function concerns_our_last()
  local ours = chat.out ~= '' and (split_mark(chat.out))
  for at = FIRST_MESSAGE, #ARGV, MESSAGE_ARGS do
    if tonumber(ARGV[at + 1]) == ours then return true end
  end
  return false
end

local hidden = source ~= 'sweep' and not stays_hidden and concerns_our_last() and hidden_by_id(chat)
if hidden then redis.call('HSET', KEYS[20], chat_id, hidden) end
local waiting_since = chat.answer ~= before.answer and redis.call('ZSCORE', KEYS[10], chat_id)
if stays_hidden then redis.call('ZREM', KEYS[11], chat_id) else show() end
-- From now on the chat itself has its floor.
if not (stays_hidden or chat.known) then redis.call('ZREM', KEYS[25], chat_id) end

-- How long the buyer had waited, if this commit ended that and the answer is recent; what a sweep
-- brings late does not count.
local function waited()
  if not waiting_since or redis.call('ZSCORE', KEYS[10], chat_id) then return '' end
  local answered = split_mark(chat.answer)
  if now - answered > ANSWERED_LATELY_S then return '' end
  return number_text(math.max(0, answered - waiting_since))
end

if entry ~= '' then
  redis.call('XACK', KEYS[3], group, entry)
  redis.call('XDEL', KEYS[3], entry)
  redis.call('HDEL', KEYS[13], entry)
end
return {new_count, changed_count, (chat.enriched == '1' or stays_hidden) and 0 or 1,
  tonumber(redis.call('HGET', KEYS[1], 'seq') or 0), candidate.matched and 1 or 0, (to_recheck or hidden) and 1 or 0,
  waited()}
