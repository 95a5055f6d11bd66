-- include: _journal
-- Sets the mode and tells the operators, with an entry in the list of switches.
-- KEYS: 1 STATE hash, 2 JOURNAL stream, 3 FACTS hash, 4 SWITCHES list, 5 lease string
-- ARGV: 1 now (Unix seconds), 2 account id, 3 mode, 4 reason ('' none), 5 reason as JSON, 6 code (''
--   none), 7 messages recovered, 8 the switch as JSON ('' no switch), 9 the switch that it replaces
--   ('' a new one), 10 token of the lease's owner, 11 the detail that the reason names ('' none),
--   12 the same as JSON
-- A switch that others have followed is only corrected in the list: the mode is that of the newest.
-- Returns 1; 0 when the lease is another process's: nothing was changed.
local SWITCHES_KEPT = 50
local now, account_id, mode = ARGV[1], ARGV[2], ARGV[3]
local reason, reason_json, code, recovered = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local switch, replaced, owner = ARGV[8], ARGV[9], ARGV[10]
local detail, detail_json = ARGV[11], ARGV[12]

local wrong = expect_types({'hash', 'stream', 'hash', 'list', 'string'})
if wrong then return wrong end
if redis.call('GET', KEYS[5]) ~= owner then return 0 end

if replaced ~= '' then
  local newest
  for index, line in ipairs(redis.call('LRANGE', KEYS[4], 0, SWITCHES_KEPT - 1)) do
    if line == replaced then
      redis.call('LSET', KEYS[4], index - 1, switch)
      newest = index == 1
      break
    end
  end
  if not newest then return 1 end
end
if redis.call('HGET', KEYS[3], 'mode') ~= mode then redis.call('HSET', KEYS[3], 'mode_since', now) end
redis.call('HSET', KEYS[3], 'mode', mode)
if reason == '' then
  redis.call('HDEL', KEYS[3], 'reason', 'reason_code', 'reason_detail')
else
  redis.call('HSET', KEYS[3], 'reason', reason, 'reason_code', code, 'reason_detail', detail)
end
if switch ~= '' and replaced == '' then
  redis.call('LPUSH', KEYS[4], switch)
  redis.call('LTRIM', KEYS[4], 0, SWITCHES_KEPT - 1)
end
emit('mode', '"account_id":' .. account_id .. ',"chat_id":null', now, '',
  ',"mode":"' .. mode .. '","reason":' .. reason_json .. ',"code":"' .. code .. '","detail":' .. detail_json
  .. ',"recovered":' .. recovered)
return 1
