-- Sets the mode and tells the operators, with an entry in the list of switches.
-- A switch that others have followed is only corrected in the list: the mode is that of the newest.
-- include: _journal
-- keys: state:hash journal:stream facts:hash switches:list
-- given: lease:string
-- args: now:time account_id:int mode reason reason_json code trouble recovered:int switch replaced owner detail
--   detail_json
-- returns: bool
-- reason, code, detail (which the reason names), trouble (Avito's, whose code operators read): '' none. recovered: messages. switch: its JSON (''
-- no switch). replaced: the switch that it replaces ('' a new one). Returns false when the lease is not
-- the owner's: nothing was changed.

local SWITCHES_KEPT = 50

if redis.call('GET', KEYS.lease) ~= owner then return 0 end

if replaced ~= '' then
  local newest
  for index, line in ipairs(redis.call('LRANGE', KEYS.switches, 0, SWITCHES_KEPT - 1)) do
    if line == replaced then
      redis.call('LSET', KEYS.switches, index - 1, switch)
      newest = index == 1
      break
    end
  end
  if not newest then return 1 end
end
if redis.call('HGET', KEYS.facts, 'mode') ~= mode then redis.call('HSET', KEYS.facts, 'mode_since', now) end
redis.call('HSET', KEYS.facts, 'mode', mode)
if reason == '' then
  redis.call('HDEL', KEYS.facts, 'reason', 'reason_code', 'reason_detail', 'trouble')
else
  redis.call('HSET', KEYS.facts, 'reason', reason, 'reason_code', code, 'reason_detail', detail, 'trouble', trouble)
end
if switch ~= '' and replaced == '' then
  redis.call('LPUSH', KEYS.switches, switch)
  redis.call('LTRIM', KEYS.switches, 0, SWITCHES_KEPT - 1)
end
emit('mode', '"account_id":' .. account_id .. ',"chat_id":null', now, '',
  ',"mode":"' .. mode .. '","reason":' .. reason_json .. ',"code":"' .. (trouble ~= '' and trouble or code) .. '","detail":' .. detail_json
  .. ',"recovered":' .. recovered)
return 1
