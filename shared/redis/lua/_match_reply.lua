-- Finds out which of our replies the messages of a commit are.
-- Needs _outbox.lua, _end_reply.lua, _message.lua and _thread.lua.
-- constants: CLOCKS_APART_S
-- args: now

local CLAIMS_KEPT_S = 691200

-- Finds the candidate, without writing: the reply named by `ref`, or the first of the chat's queue while
-- it is, or may have been, on its way. Costs one LINDEX for a message of ours, and nothing for others.
local function find_candidate(messages, ref, sure)
  local candidate = {named = ref ~= '', sure = sure}
  local ours = false
  for _, m in ipairs(messages) do ours = ours or m.match ~= '' end
  if not ours and not candidate.named then return candidate end
  candidate.wrong = expect_type(KEYS.outbox, 'list') or expect_type(KEYS.claims, 'zset')
    or expect_type(KEYS.outbox_waiting, 'zset') or expect_type(KEYS.to_deliver, 'zset')
    or expect_type(KEYS.failed, 'zset') or expect_type(KEYS.pictures, 'zset')
  if candidate.wrong then return candidate end
  ref = candidate.named and ref or redis.call('LINDEX', KEYS.outbox, 0)
  if not ref then return candidate end
  candidate.key = KEYS.reply_prefix .. ref
  local reply = load_reply(candidate.key, now)
  local open = reply and (reply.state == 'sending' or (reply.state == 'queued' and reply.doubt == '1'))
  if reply and (candidate.named or open) then candidate.reply = reply end
  return candidate
end

local function share_a_word(some, others)
  for word in some:gmatch('%S+') do
    if (' ' .. others .. ' '):find(' ' .. word .. ' ', 1, true) then return true end
  end
  return false
end

-- Tells whether message `m` may be this reply: it is not older, and not another reply already.
local function may_be_message(reply, m)
  return share_a_word(reply.match, m.match)
    and tonumber(m.created) >= tonumber(reply.first) - CLOCKS_APART_S
    and not reply.held:find('\n' .. m.id .. '\n', 1, true)
    and not redis.call('ZSCORE', KEYS.claims, m.id)
end

local function claim(id)
  redis.call('ZADD', KEYS.claims, now, id)
  redis.call('ZREMRANGEBYSCORE', KEYS.claims, '-inf', now - CLAIMS_KEPT_S)
  redis.call('EXPIRE', KEYS.claims, CLAIMS_KEPT_S)
end

-- Ends the reply as sent: it is message `id`.
local function end_as_sent(key, reply, id, sure)
  reply.state, reply.message, reply.message_id, reply.sure = 'sent', id, cjson.encode(id), sure and '1' or ''
  reply.progress = 'null'
  clear_trouble(reply)
  claim(id)
  end_reply(key, reply, now)
end

-- Tells whether message `m` is the reply. The one that Avito's answer names is, whatever was matched
-- before.
local function is_candidate(candidate, m)
  local reply = candidate.reply
  if candidate.sure or reply.message == m.id then return true end
  if reply.state == 'sent' then return false end
  if candidate.named then return not redis.call('ZSCORE', KEYS.claims, m.id) end
  return may_be_message(reply, m)
end

-- Avito's answer names another message than the one that was matched. A match that was guessed is
-- undone: returns that message's id. One that Avito's answer named stays: the reply was sent twice,
-- and both are ours.
local function change_message(candidate, m)
  local reply, before = candidate.reply, candidate.reply.message
  claim(m.id)
  if reply.sure == '1' then return nil end
  redis.call('ZREM', KEYS.claims, before)
  reply.message, reply.message_id, reply.sure = m.id, cjson.encode(m.id), '1'
  save_reply(candidate.key, reply, now)
  return before
end

-- Marks the reply as sent if message `m` is it, and the message as written here, by whom.
-- Returns the id of a message that was matched wrongly before.
local function match_reply(candidate, m)
  local reply, mistaken = candidate.reply, nil
  if not is_candidate(candidate, m) then
    if candidate.named then m.own = 'null' end
    return nil
  end
  if reply.state ~= 'sent' then
    end_as_sent(candidate.key, reply, m.id, candidate.sure)
  elseif reply.message ~= m.id then
    mistaken = change_message(candidate, m)
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
  local held = load_message(id)
  if not held then return nil end
  local answers = held.own == AUTOMATIC or held.answers -- a person typed the same words
  held.own, held.answers = 'null', answers
  store(chat, held)
  set_marks(chat, held)
  return held
end
