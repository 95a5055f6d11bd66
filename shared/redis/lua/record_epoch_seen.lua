-- Returns since when the outbox has known this epoch, and records now if it has not.
-- include: _epoch
-- keys: state:hash
-- args: now:time
-- returns: float

return epoch_first_seen(epoch_now(), now)
