-- Dismisses what the buyer wrote so far, as needing no answer.
-- It advances the chat's mark of the last answer.
-- include: _journal _message _chat
-- keys: state:hash journal:stream chat:hash thread:zset messages:hash waiting:zset chats:zset
--   unread:zset unanswered:zset unassigned:zset assigned:prefix dismissed:zset
-- args: now:time account_id chat_id chat_json seen
-- returns: done|no_chat|no_message
-- seen: id of the last message that the operator saw ('' the newest). no_message: it is not stored.

local DISMISSED_KEPT = 50

local chat = load_chat()
if chat.wrong then return chat.wrong end
if not chat.known then return 'no_chat' end

local function position_of_seen()
  if seen == '' then
    local newest = redis.call('ZREVRANGE', KEYS.thread, 0, 0, 'WITHSCORES')
    return newest[1] and number_text(newest[2]) .. ' ' .. newest[1]
  end
  local m = load_message(seen)
  return m and m.created .. ' ' .. member_of(m)
end

local position = position_of_seen()
if not position then return 'no_message' end
chat.answer = later(chat.answer, position)
local created, member = split_mark(position)
redis.call('ZADD', KEYS.dismissed, created, id_of(member))
redis.call('ZREMRANGEBYRANK', KEYS.dismissed, 0, -DISMISSED_KEPT - 1)
local _, changed = save_chat(chat)
if changed then emit('chat', CHAT_SCOPE, now, '', ',"chat":' .. chat.json) end
return 'done'
