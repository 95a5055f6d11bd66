-- Assigns a chat to an operator, or to none, if its owner is still the one that the caller saw.
-- include: _journal _message _chat
-- keys: state:hash journal:stream chat:hash thread:zset messages:hash waiting:zset chats:zset
--   unread:zset unanswered:zset unassigned:zset assigned:prefix operators:hash options:hash
-- args: now:time account_id chat_id chat_json owner? seen? option?
-- returns: verdict:done|lost|stranger|off|unknown owner:text
-- owner: the new one (absent: none). seen: the one that the caller saw (absent: none). option: the one
-- that must not be '0'.
-- done: also when it was so already. lost: its owner is another than the caller saw. stranger: the new
-- owner is no operator who may log in. off: the option is. unknown: there is no such chat. The owner
-- returned is the present one, '' for none.

local wrong = expect_type(KEYS.assigned_prefix .. owner, 'zset')
if wrong then return wrong end

-- Checked here and not before: an operator disabled in between must not get a chat that would stay
-- with them.
local function may_log_in(name)
  local is_read, operator = pcall(cjson.decode, redis.call('HGET', KEYS.operators, name) or '')
  return is_read and type(operator) == 'table' and not operator.disabled
end

local chat = load_chat()
if chat.wrong then return chat.wrong end
if not chat.known then return {'unknown', ''} end
if option ~= '' and redis.call('HGET', KEYS.options, option) == '0' then return {'off', chat.owner} end
if owner ~= '' and not may_log_in(owner) then return {'stranger', chat.owner} end
if chat.owner == owner then return {'done', owner} end
if chat.owner ~= seen then return {'lost', chat.owner} end

chat.owner = owner
local _, changed = save_chat(chat)
if changed then emit('chat', CHAT_SCOPE, now, '', ',"chat":' .. chat.json) end
return {'done', owner}
