-- include: _journal _outbox
-- Takes a reply back that is not on its way to Avito, or puts away one that failed.
-- KEYS (shared/keys.py): 1 STATE hash, 2 JOURNAL stream, 3 reply hash, 4 outbox list, 5 OUTBOX_WAITING zset,
-- 6 deliver zset, 7 failed zset, 8 PICTURES zset
-- ARGV: 1 now (Unix seconds)
-- Returns {verdict, item JSON}: `done`, `wrong` (it is being sent, or was), `unknown` (JSON '').
local now = ARGV[1]

local wrong = expect_types({'hash', 'stream', 'hash', 'list', 'zset', 'zset', 'zset', 'zset'})
if wrong then return wrong end

local reply = load_reply(KEYS[3])
if not reply then return {'unknown', ''} end
if reply.state == 'cancelled' then return {'done', reply.json} end
if reply.state ~= 'queued' and reply.state ~= 'failed' then return {'wrong', reply.json} end

reply.state = 'cancelled'
calm(reply)
local places = {list = KEYS[4], waiting = KEYS[5], due = KEYS[6], failed = KEYS[7], pictures = KEYS[8]}
end_reply(places, KEYS[3], reply, now)
return {'done', reply.json}
