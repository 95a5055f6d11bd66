-- A reply on its way: how it is stored and shown. Needs _epoch.lua and _journal.lua.
-- Fields of a reply's hash (JSON: a ready piece; '': none):
--   ref, chat, kind, text, by (JSON; null: automatic), same (equal for the same reply), member (in
--     OUTBOX_WAITING), scope, head (JSON of the fixed fields)
--   queued: since when it is to be sent
--   picture (shared/wires/outbox.py), chunks (key of its bytes), room (member of PICTURES),
--     image (Avito's id of it)
--   state, retryable, tries, and as JSON: code, reason, detail (older replies have none), since,
--     progress, message_id
--   first, began, ended: when the first attempt of unknown outcome and the last one began, when the
--     last one ended without an answer; how: that end
--   looked: when Avito's list was last read without finding it; until: nothing to do before
--   doubt '1': an earlier attempt may yet have worked
--   match: words; a message of ours that shares one may be this reply
--   epoch: the one in which it was queued, attempted or doubted last (older replies have none: unknown)
--   held: ids stored when it was queued, then those before the first attempt
--   message: Avito's id of it; sure '1': Avito's own answer named that id
--   mark, before: what it wrote to the chat's `replied` (_chat.lua), and what was there; not of an
--     automatic one
--   restored '1': it comes from a backup, so it is not sent until it is retried
--   json: the item as shown
--   saved: when it was changed last, by the clock of the process that did. If that lies in the future,
--     a clock was set back, and all times of the reply are moved with it.

local REPLY_KEPT_S = 604800
local WORKERS_APART_S = 2 -- how much our own clocks may differ
local TIMES = {'queued', 'first', 'began', 'ended', 'looked', 'until', 'since'}

local function reply_json(r)
  return '{' .. r.head .. ',"state":"' .. r.state .. '","code":' .. r.code .. ',"reason":' .. r.reason
    .. ',"detail":' .. (r.detail or 'null') .. ',"retryable":' .. r.retryable .. ',"tries":' .. r.tries
    .. ',"since":' .. r.since
    .. ',"progress":' .. r.progress .. ',"message_id":' .. r.message_id .. '}'
end

-- Tells whether a reply has all that is known of it, so that it can be shown and sent.
local function is_whole(reply)
  local states = {queued = true, sending = true, sent = true, failed = true, cancelled = true}
  local texts = {
    'ref', 'chat', 'kind', 'text', 'by', 'member', 'scope', 'head', 'picture', 'chunks', 'room', 'image',
    'retryable', 'code', 'reason', 'progress', 'message_id', 'how', 'doubt', 'match', 'held',
  }
  for _, name in ipairs(texts) do
    if not reply[name] then return false end
  end
  for _, name in ipairs(TIMES) do
    if not (reply[name] == '' or reply[name] == 'null' or tonumber(reply[name] or '')) then return false end
  end
  local is_known = states[reply.state] and tonumber(reply.queued) and (reply.tries or ''):find('^%d+$')
  return is_known and is_shown(reply_json(reply)) and is_shown('{' .. reply.scope .. '}')
end

-- Returns the reply with its times by a clock that shows `now`, and whether they had to be moved. Of what
-- is stored and cannot be read, nil and true.
local function load_reply(key, now)
  local flat = redis.pcall('HGETALL', key)
  if flat.err then return nil, true end
  if #flat == 0 then return nil end
  local reply = {}
  for i = 1, #flat, 2 do reply[flat[i]] = flat[i + 1] end
  if not is_whole(reply) then return nil, true end
  local back = (tonumber(reply.saved) or 0) - now
  if back <= WORKERS_APART_S then return reply, false end
  for _, name in ipairs(TIMES) do
    local at = tonumber(reply[name])
    if at then reply[name] = string.format('%.3f', at - back) end
  end
  reply.saved = now
  return reply, true
end

-- Saves the reply and tells the operators if anything that they see has changed.
local function save_reply(key, reply, now)
  reply.saved = now
  local json = reply_json(reply)
  local changed = json ~= reply.json
  reply.json = json
  local values = {}
  for name, value in pairs(reply) do
    values[#values + 1] = name
    values[#values + 1] = value
  end
  redis.call('HSET', key, unpack(values))
  if changed then emit('outbox', reply.scope, now, '', ',"item":' .. json) end
end

-- Clears the trouble that is shown of a reply.
local function clear_trouble(reply)
  reply.code, reply.reason, reply.detail, reply.since = 'null', 'null', 'null', 'null'
  reply.retryable = 'false'
end

-- A reply of an earlier epoch, or of a backup, may have been attempted in a tail that was lost: it
-- counts as being sent, by an attempt that began at the latest when this epoch was first seen, unless
-- one has begun since.
local function doubt_earlier_epoch(reply, now)
  local epoch = epoch_now()
  local unknown = reply.epoch ~= epoch or (reply.restored == '1' and reply.state == 'queued')
  if not unknown then return false end
  local met = epoch_first_seen(epoch, now)
  if reply.first == '' then reply.first = tonumber(met) < tonumber(reply.queued) and met or reply.queued end
  if (tonumber(reply.began) or 0) < tonumber(met) then reply.began = met end
  reply.epoch, reply.doubt = epoch, '1'
  reply.ended, reply.how, reply.looked, reply['until'] = '', '', '', ''
  reply.state = 'sending'
  return true
end
