-- Finds out which of our replies the messages of a commit are.
-- Needs _outbox.lua, _message.lua, _thread.lua and KEYS: 14 outbox, 15 claims, 16 reply prefix,
--   17 OUTBOX_WAITING, 18 to_deliver, 19 failed, 21 PICTURES.

-- Finds the candidate before anything is written: the reply named by `ref`, or the first of the chat's
-- queue while it is, or may have been, on its way. Costs one LINDEX for a message of ours, and nothing
-- for others.
local function find_candidate(first, ref, sure)
  local candidate = {named = ref ~= '', sure = sure}
  local ours = false
  for at = first, #ARGV, MESSAGE_ARGS do ours = ours or ARGV[at + 12] ~= '' end
  if not ours and not candidate.named then return candidate end
  candidate.wrong = expect_types({'list', 'zset', 'none', 'zset', 'zset', 'zset'}, 14)
  if candidate.wrong then return candidate end
  ref = candidate.named and ref or redis.call('LINDEX', KEYS[14], 0)
  if not ref then return candidate end
  candidate.key = KEYS[16] .. ref
  local reply = load_reply(candidate.key, ARGV[1])
  local open = reply and (reply.state == 'sending' or (reply.state == 'queued' and reply.doubt == '1'))
  if reply and (candidate.named or open) then
    candidate.reply = reply
    candidate.places = {list = KEYS[14], claims = KEYS[15], waiting = KEYS[17], due = KEYS[18],
      failed = KEYS[19], pictures = KEYS[21]}
  end
  return candidate
end

-- Tells whether message `m` is the reply. The one that Avito's answer names is, whatever was matched
-- before.
local function is_candidate(candidate, m)
  local reply, claims = candidate.reply, candidate.places.claims
  if candidate.sure or reply.message == m.id then return true end
  if reply.state == 'sent' then return false end
  if candidate.named then return not redis.call('ZSCORE', claims, m.id) end
  return may_be_message(claims, reply, m)
end

-- Avito's answer names another message than the one that was matched. A match that was guessed is
-- undone: returns that message's id. One that Avito's answer named stays: the reply was sent twice,
-- and both are ours.
local function change_message(candidate, m, now)
  local reply, before = candidate.reply, candidate.reply.message
  claim(candidate.places.claims, m.id, now)
  if reply.sure == '1' then return nil end
  redis.call('ZREM', candidate.places.claims, before)
  reply.message, reply.message_id, reply.sure = m.id, cjson.encode(m.id), '1'
  save_reply(candidate.key, reply, now)
  return before
end

-- Marks the reply as sent if message `m` is it, and the message as written here, by whom.
-- Returns the id of a message that was matched wrongly before.
local function match_reply(candidate, m, now)
  local reply, mistaken = candidate.reply, nil
  if not is_candidate(candidate, m) then
    if candidate.named then m.own = 'null' end
    return nil
  end
  if reply.state ~= 'sent' then
    end_as_sent(candidate.places, candidate.key, reply, m.id, candidate.sure, now)
  elseif reply.message ~= m.id then
    mistaken = change_message(candidate, m, now)
  elseif candidate.sure and reply.sure ~= '1' then
    reply.sure = '1'
    save_reply(candidate.key, reply, now)
  end
  candidate.matched = true
  m.own = reply.by == 'null' and AUTOMATIC or '{"operator":' .. reply.by .. '}'
  return mistaken
end

-- Removes the mark of having been written here from a message, if it is stored.
local function unmark_as_ours(chat, id)
  local value = redis.call('HGET', KEYS[6], id)
  if not value then return nil end
  local held = unpack_message(id, value)
  local answers = held.own == AUTOMATIC or held.answers -- a person typed the same words
  held.own, held.answers = 'null', answers
  store(held)
  set_marks(chat, held)
  return held
end
