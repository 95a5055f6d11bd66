-- Which of our replies the messages of a commit are. Needs _outbox.lua, _message.lua, _thread.lua and
-- KEYS: 14 outbox list, 15 claims zset, 16 reply prefix, 17 OUTBOX_WAITING zset, 18 deliver zset,
-- 19 failed zset, 21 PICTURES zset.

-- Finds the reply in question before anything is written: the one that is said (`ref`), or the first of the
-- chat's queue while it is, or may have been, on its way. Costs one LINDEX where a message of ours comes in
-- and nothing where none does.
local function ask_for_reply(first, ref, sure)
  local question = {said = ref ~= '', sure = sure}
  local ours = false
  for at = first, #ARGV, MESSAGE_ARGS do ours = ours or ARGV[at + 12] ~= '' end
  if not ours and not question.said then return question end
  question.wrong = expect_types({'list', 'zset', 'none', 'zset', 'zset', 'zset'}, 14)
  if question.wrong then return question end
  ref = question.said and ref or redis.call('LINDEX', KEYS[14], 0)
  if not ref then return question end
  question.key = KEYS[16] .. ref
  local reply = load_reply(question.key, ARGV[1])
  local open = reply and (reply.state == 'sending' or (reply.state == 'queued' and reply.doubt == '1'))
  if reply and (question.said or open) then
    question.reply = reply
    question.places = {list = KEYS[14], claims = KEYS[15], waiting = KEYS[17], due = KEYS[18],
      failed = KEYS[19], pictures = KEYS[21]}
  end
  return question
end

-- Is message `m` the reply? One that Avito's answer names is, whatever else was thought before.
local function is_the_reply(question, m)
  local reply, claims = question.reply, question.places.claims
  if question.sure or reply.message == m.id then return true end
  if reply.state == 'sent' then return false end
  if question.said then return not redis.call('ZSCORE', claims, m.id) end
  return is_its_message(claims, reply, m)
end

-- A reply that was taken for one message is another one, says Avito. A guess is given up: returns its id.
-- An earlier answer is not: then it went out twice, and both are ours.
local function change_message(question, m, now)
  local reply, before = question.reply, question.reply.message
  claim(question.places.claims, m.id, now)
  if reply.sure == '1' then return nil end
  redis.call('ZREM', question.places.claims, before)
  reply.message, reply.message_id, reply.sure = m.id, cjson.encode(m.id), '1'
  save_reply(question.key, reply, now)
  return before
end

-- Settles the reply by message `m` if it is the one, and marks the message as written here, by whom.
-- Returns the id of a message that was taken for it wrongly before.
local function settle_by(question, m, now)
  local reply, mistaken = question.reply, nil
  if not is_the_reply(question, m) then
    if question.said then m.own = 'null' end
    return nil
  end
  if reply.state ~= 'sent' then
    settle_reply(question.places, question.key, reply, m.id, question.sure, now)
  elseif reply.message ~= m.id then
    mistaken = change_message(question, m, now)
  elseif question.sure and reply.sure ~= '1' then
    reply.sure = '1'
    save_reply(question.key, reply, now)
  end
  question.settled = true
  m.own = reply.by == 'null' and AUTOMATIC or '{"operator":' .. reply.by .. '}'
  return mistaken
end

-- Takes the mark of having been written here off a message, if it is held.
local function disown(chat, id)
  local value = redis.call('HGET', KEYS[6], id)
  if not value then return nil end
  local held = unpack_message(id, value)
  local answers = held.own == AUTOMATIC or held.answers -- then somebody typed these very words in Avito's app
  held.own, held.answers = 'null', answers
  store(held)
  note_marks(chat, held)
  return held
end
