-- Returns the epoch and since when the outbox has known it, and records now if it has not.
-- include: _epoch
-- keys: state:hash
-- args: now:time
-- returns: epoch:text met:float

local epoch = epoch_now()
return {epoch, epoch_first_seen(epoch, now)}
