-- include: _journal _message _chat
-- Gives a chat to an operator, or to nobody, if it still belongs to whom the caller thinks.
-- KEYS (shared/redis/keys.py): 1 STATE hash, 2 JOURNAL stream, 3 INBOX stream (untouched: its place in commit.lua), 4 chat
-- hash, 5 thread zset, 6 messages hash, 7 waiting zset, 8 chats zset, 9 unread zset, 10 unanswered zset, 11 free
-- zset, 12 prefix of the owned zsets, 13 OPERATORS hash, 14 OPTIONS hash
-- ARGV: 1 now (Unix seconds), 2 account id, 3 chat id, 4 chat id as JSON, 5 the new owner ('' nobody), 6 the owner
-- that the caller thinks it has ('' nobody), 7 name of the option that must not be '0' ('' none)
-- Returns {verdict, owner now ('' nobody)}: `done` (also when it was so already), `lost` (it belongs to somebody
-- else than thought), `stranger` (the new owner is no operator who may log in), `off`, `unknown` (no such chat).
local now, account_id, chat_id, chat_json = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local owner, thought, option = ARGV[5], ARGV[6], ARGV[7]

local wrong = expect_types({'hash', 'stream', 'stream', 'hash', 'zset', 'hash', 'zset', 'zset', 'zset', 'zset'})
wrong = wrong or expect_types({'hash', 'hash'}, 13) or expect_type(KEYS[12] .. owner, 'zset')
if wrong then return wrong end

-- Asked here, not before: whoever is shut out at this moment must not get a chat that nobody takes from him again.
local function may_have_chats(name)
  local held = redis.call('HGET', KEYS[13], name)
  return held and not cjson.decode(held).disabled
end

local chat = load_chat(KEYS[11], KEYS[12])
if chat.wrong then return chat.wrong end
if not chat.known then return {'unknown', ''} end
if option ~= '' and redis.call('HGET', KEYS[14], option) == '0' then return {'off', chat.owner} end
if owner ~= '' and not may_have_chats(owner) then return {'stranger', chat.owner} end
if chat.owner == owner then return {'done', owner} end
if chat.owner ~= thought then return {'lost', chat.owner} end

chat.owner = owner
local _, changed = save_chat(chat, chat_id, '"id":' .. chat_json .. ',"account_id":' .. account_id)
if changed then
  emit('chat', '"account_id":' .. account_id .. ',"chat_id":' .. chat_json, now, '', ',"chat":' .. chat.json)
end
return {'done', owner}
