-- include: _journal _message _chat
-- Dismisses what the buyer wrote so far, as needing no answer: advances the chat's mark of the last
-- answer.
-- KEYS: 1 STATE hash, 2 JOURNAL stream, 3 INBOX stream (unused: 1 to 10 are those of commit.lua),
--   4 chat hash, 5 thread zset, 6 messages hash, 7 waiting zset, 8 chats zset, 9 unread zset,
--   10 unanswered zset, 11 unassigned zset, 12 prefix of the assigned zsets, 13 dismissed zset
-- ARGV: 1 now (Unix seconds), 2 account id, 3 chat id, 4 chat id as JSON, 5 id of the last message
--   that the operator saw ('' the newest)
-- Returns 1; 0 when there is no such chat; -1 when that message is not stored.
local DISMISSED_KEPT = 50

local now, account_id, chat_id, chat_json, seen = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local wrong = expect_types({'hash', 'stream', 'stream', 'hash', 'zset', 'hash', 'zset', 'zset', 'zset', 'zset'})
wrong = wrong or expect_types({'zset'}, 13)
if wrong then return wrong end

local chat = load_chat(KEYS[11], KEYS[12])
if chat.wrong then return chat.wrong end
if not chat.known then return 0 end

local function position_of_seen()
  if seen == '' then
    local newest = redis.call('ZREVRANGE', KEYS[5], 0, 0, 'WITHSCORES')
    return newest[1] and number_text(newest[2]) .. ' ' .. newest[1]
  end
  local value = redis.call('HGET', KEYS[6], seen)
  if not value then return nil end
  local m = unpack_message(seen, value)
  return m.created .. ' ' .. member_of(m)
end

local position = position_of_seen()
if not position then return -1 end
chat.answer = later(chat.answer, position)
local created, member = split_mark(position)
redis.call('ZADD', KEYS[13], created, id_of(member))
redis.call('ZREMRANGEBYRANK', KEYS[13], 0, -DISMISSED_KEPT - 1)
local scope = '"account_id":' .. account_id .. ',"chat_id":' .. chat_json
local _, changed = save_chat(chat, chat_id, '"id":' .. chat_json .. ',"account_id":' .. account_id)
if changed then emit('chat', scope, now, '', ',"chat":' .. chat.json) end
return 1
