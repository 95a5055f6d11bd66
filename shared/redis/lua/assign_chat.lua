-- include: _journal _message _chat
-- Assigns a chat to an operator, or unassigns it, if its owner is still the one that the caller saw.
-- KEYS: 1 STATE hash, 2 JOURNAL stream, 3 INBOX stream (unused: 1 to 10 are those of commit.lua),
--   4 chat hash, 5 thread zset, 6 messages hash, 7 waiting zset, 8 chats zset, 9 unread zset,
--   10 unanswered zset, 11 unassigned zset, 12 prefix of the assigned zsets, 13 OPERATORS hash,
--   14 OPTIONS hash
-- ARGV: 1 now (Unix seconds), 2 account id, 3 chat id, 4 chat id as JSON, 5 the new owner ('' none),
--   6 the owner that the caller saw ('' none), 7 name of the option that must not be '0' ('' none)
-- Returns {verdict, owner now ('' none)}: `done` (also when it was so already), `lost` (its owner is
--   another than the caller saw), `stranger` (the new owner is no operator who may log in), `off` (the
--   option is), `unknown` (no chat).
local now, account_id, chat_id, chat_json = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local owner, seen, option = ARGV[5], ARGV[6], ARGV[7]

local wrong = expect_types({'hash', 'stream', 'stream', 'hash', 'zset', 'hash', 'zset', 'zset', 'zset', 'zset'})
wrong = wrong or expect_types({'hash', 'hash'}, 13) or expect_type(KEYS[12] .. owner, 'zset')
if wrong then return wrong end

-- Checked here and not before: an operator disabled in between must not get a chat that would stay
-- with them.
local function may_log_in(name)
  local held = redis.call('HGET', KEYS[13], name)
  return held and not cjson.decode(held).disabled
end

local chat = load_chat(KEYS[11], KEYS[12])
if chat.wrong then return chat.wrong end
if not chat.known then return {'unknown', ''} end
if option ~= '' and redis.call('HGET', KEYS[14], option) == '0' then return {'off', chat.owner} end
if owner ~= '' and not may_log_in(owner) then return {'stranger', chat.owner} end
if chat.owner == owner then return {'done', owner} end
if chat.owner ~= seen then return {'lost', chat.owner} end

chat.owner = owner
local _, changed = save_chat(chat, chat_id, '"id":' .. chat_json .. ',"account_id":' .. account_id)
if changed then
  emit('chat', '"account_id":' .. account_id .. ',"chat_id":' .. chat_json, now, '', ',"chat":' .. chat.json)
end
return {'done', owner}
