-- How a message is noticed: its level is '0' (it is only shown), 'r' (unread as well, and it rings) or
-- '1' (the buyer also waits for an answer). It follows from the message's kind by the owner's choice,
-- and where that is `auto` from whether the chat holds a word of the buyer.
-- Needs _message.lua and _chat.lua.
-- constants: NOTICES

local LEVELS = {show = '0', ring = 'r', wait = '1'}

-- The choices in effect, as shared/notices.py writes them.
local rule = redis.call('HGET', KEYS.state, 'notices') or NOTICES

local choices
local function choice_of(kind)
  if not choices then
    choices = {}
    for name, choice in rule:gmatch('(%w+)=(%w+)') do choices[name] = choice end
  end
  return choices[kind]
end

local function is_word(m) return m.kind == 'words' and not m.deleted end

-- Avito alone writes in a chat of type a2u.
local function is_avitos(chat) return chat.type == '"a2u"' end

local function level_of(chat, m)
  if m.kind == '' or m.deleted then return '0' end
  if m.kind == 'words' and not is_avitos(chat) then return '1' end
  local choice = choice_of(m.kind == 'words' and 'system' or m.kind)
  if choice == 'auto' then
    chat.mixed = '1'
    choice = chat.word ~= '' and not is_avitos(chat) and 'wait' or 'show'
  end
  if choice ~= 'show' then chat.mixed = '1' end
  return LEVELS[choice] or '0'
end

local function each_held(from_newest, visit)
  local read = from_newest and 'ZREVRANGE' or 'ZRANGE'
  for _, member in ipairs(redis.call(read, KEYS.thread, 0, -1)) do
    local m = load_message(id_of(member))
    if m and visit(m, member) then return true end
  end
  return false
end

-- Notes that a message was merged: `was_word` tells what it was before.
local function note_word(chat, m, was_word)
  if is_word(m) then
    if chat.word == '' then chat.word = 'held' end
  elseif was_word then
    chat.word_lost = true
  end
end

-- Finds out what a chat that was stored by an earlier version holds. What it no longer holds counts as
-- a word.
local function adopt(chat)
  local trimmed = chat.floor ~= '' and not chat.floor:find('[\254\255]$')
  if trimmed then chat.word = 'gone' elseif each_held(true, is_word) then chat.word = 'held' end
end
