-- include: _journal _outbox
-- Returns since when the outbox has known this epoch, and records now if it has not.
-- KEYS: 1 STATE hash
-- ARGV: 1 now (Unix seconds)
-- Returns Unix seconds as text.
local wrong = expect_types({'hash'})
if wrong then return wrong end
return epoch_first_seen(epoch_now(), ARGV[1])
