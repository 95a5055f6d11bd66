-- A reply on its way: how it is kept, shown, matched with Avito's messages, and ended.
-- Needs _journal.lua. Fields of the hash; JSON means a ready piece, '' means none:
-- fixed: ref, chat, kind, text, by JSON (null: automatic), same (tells one wish from another), member (in
--   OUTBOX_WAITING), scope and head (JSON of what never changes), queued (since when it is wanted); of a picture:
--   picture (shared/wires/outbox.py), chunks (key of its bytes), room (member of PICTURES)
-- shown: state, code JSON, reason JSON, detail JSON (older replies have none), retryable JSON, tries, since JSON,
--   progress JSON, message_id JSON
-- first, began, ended: when the first try in doubt and the last one began, when that one ended without an answer
-- how: that end; looked: when Avito's list was last read without finding it; until: nothing to do before
-- restored '1': it comes from a backup (scripts/backups/unsent.py), so it is not sent unasked, see worker/outbox/decide.py; until a retry
-- doubt '1': an earlier try may yet have worked; match: words of which a message of ours shares one;
-- epoch: the one in which it was queued, tried or taken into doubt last (older replies have none: unknown)
-- held: ids known when it was queued, then before the first try; image: Avito's id of the picture; message: Avito's id, raw;
-- mark, before: what it left in the chat's `replied` (lua/_chat.lua), and what was there; not of an automatic one
-- sure '1': that id was Avito's own answer; json: the item as shown; saved: when it was changed last, by the clock of who
-- changed it: should that be later than now, a clock was set back, and all times of the reply move with it.

local REPLY_KEPT_S = 604800
local CLAIMS_KEPT_S = 691200
local FAILED_SHOWN = 20
local CLOCKS_APART_S = 900 -- how far Avito's clock may differ from ours
local WORKERS_APART_S = 2 -- how far our own clocks may differ
local TIMES = {'queued', 'first', 'began', 'ended', 'looked', 'until', 'since'}

local function epoch_now() return redis.call('HGET', KEYS[1], 'epoch') or '' end

-- When the outbox first met this epoch. What an earlier one had begun, it had begun before.
local function epoch_met(epoch, now)
  local known, at = (redis.call('HGET', KEYS[1], 'met') or ''):match('^(%S*) (%S+)$')
  if known == epoch and tonumber(at) <= tonumber(now) then return at end
  redis.call('HSET', KEYS[1], 'met', epoch .. ' ' .. now)
  return now
end

-- Returns the reply with its times as of a clock that says `now`, and whether they had to move.
local function load_reply(key, now)
  local flat = redis.call('HGETALL', key)
  if #flat == 0 then return nil end
  local reply = {}
  for i = 1, #flat, 2 do reply[flat[i]] = flat[i + 1] end
  local back = (tonumber(reply.saved) or 0) - now
  if back <= WORKERS_APART_S then return reply, false end
  for _, name in ipairs(TIMES) do
    local at = tonumber(reply[name])
    if at then reply[name] = string.format('%.3f', at - back) end
  end
  reply.saved = now
  return reply, true
end

local function reply_json(r)
  return '{' .. r.head .. ',"state":"' .. r.state .. '","code":' .. r.code .. ',"reason":' .. r.reason
    .. ',"detail":' .. (r.detail or 'null') .. ',"retryable":' .. r.retryable .. ',"tries":' .. r.tries .. ',"since":' .. r.since
    .. ',"progress":' .. r.progress .. ',"message_id":' .. r.message_id .. '}'
end

-- Keeps the reply and tells the operators if they can see a difference.
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

-- What happened to a reply that is to be shown no more than once: no trouble any more.
local function calm(reply)
  reply.code, reply.reason, reply.detail, reply.since = 'null', 'null', 'null', 'null'
  reply.retryable = 'false'
end

-- Takes a reply off the chat's queue: it is sent, failed or cancelled.
-- places: list, waiting, due, failed, pictures (keys of shared/redis/keys.py).
local function end_reply(places, key, reply, now)
  redis.call('LREM', places.list, 1, reply.ref)
  redis.call('ZREM', places.waiting, reply.member)
  if reply.state == 'failed' then
    redis.call('ZADD', places.failed, now, reply.ref)
    redis.call('ZREMRANGEBYRANK', places.failed, 0, -FAILED_SHOWN - 1)
    redis.call('EXPIRE', places.failed, REPLY_KEPT_S)
  else
    redis.call('ZREM', places.failed, reply.ref)
    if reply.chunks ~= '' then
      redis.call('UNLINK', reply.chunks)
      redis.call('ZREM', places.pictures, reply.room)
    end
  end
  if redis.call('LLEN', places.list) == 0 then
    redis.call('ZREM', places.due, reply.chat)
  else
    redis.call('ZADD', places.due, now, reply.chat)
  end
  save_reply(key, reply, now)
  redis.call('EXPIRE', key, REPLY_KEPT_S)
end

-- What an earlier epoch, or a backup, left on its way may have been tried in a tail that was lost: it counts as being sent, by a try
-- that began when this epoch was met, at the latest, unless it began anew since (worker/outbox/attempt.py).
local function doubt_earlier(reply, now)
  local epoch = epoch_now()
  local unknown = reply.epoch ~= epoch or (reply.restored == '1' and reply.state == 'queued')
  if not unknown then return false end
  local met = epoch_met(epoch, now)
  if reply.first == '' then reply.first = tonumber(met) < tonumber(reply.queued) and met or reply.queued end
  if (tonumber(reply.began) or 0) < tonumber(met) then reply.began = met end
  reply.epoch, reply.doubt = epoch, '1'
  reply.ended, reply.how, reply.looked, reply['until'] = '', '', '', ''
  reply.state = 'sending'
  return true
end

local function share_a_word(some, others)
  for word in some:gmatch('%S+') do
    if (' ' .. others .. ' '):find(' ' .. word .. ' ', 1, true) then return true end
  end
  return false
end

-- May message `m` be what became of this reply? Not what is older than it, or another reply already.
local function is_its_message(claims, reply, m)
  return share_a_word(reply.match, m.match)
    and tonumber(m.created) >= tonumber(reply.first) - CLOCKS_APART_S
    and not reply.held:find('\n' .. m.id .. '\n', 1, true)
    and not redis.call('ZSCORE', claims, m.id)
end

local function claim(claims, id, now)
  redis.call('ZADD', claims, now, id)
  redis.call('ZREMRANGEBYSCORE', claims, '-inf', now - CLAIMS_KEPT_S)
  redis.call('EXPIRE', claims, CLAIMS_KEPT_S)
end

-- The reply is a message of Avito's now.
local function settle_reply(places, key, reply, id, sure, now)
  reply.state, reply.message, reply.message_id, reply.sure = 'sent', id, cjson.encode(id), sure and '1' or ''
  reply.progress = 'null'
  calm(reply)
  claim(places.claims, id, now)
  end_reply(places, key, reply, now)
end
