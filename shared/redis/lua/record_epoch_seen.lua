-- include: _journal _outbox
-- Tells since when the outbox knows this epoch, and notes it if it does not.
-- KEYS (shared/redis/keys.py): 1 STATE hash
-- ARGV: 1 now (Unix seconds)
-- Returns Unix seconds as text.
local wrong = expect_types({'hash'})
if wrong then return wrong end
return epoch_met(epoch_now(), ARGV[1])
