"""Replies: each leaves exactly once, in order, and operators see its state (docs/adr/0006).

A job (deliver.py) takes a turn at a chat (turn.py). It reads the first reply from Redis (box.py), asks
what to do next (decide.py), and notes an attempt just before its request leaves (attempt.py). From then on
the reply is `sending`. One that was queued in an earlier epoch of Redis, or comes from a backup, is
`sending` as well, since it may have left (lua/_outbox.lua). What resolves it:

1. Avito's response has the message: `ChatTurn` commits both together; `sent`. A request is cut after 8 s.
2. The message comes by webhook or sweep: the commit matches it (lua/_match_reply.lua); `sent`.
3. Without a clear response the thread is checked (`check_times`): 1 and 3 s after a 5xx, up to 5 s after
   a cut connection, up to 13 s after a 200 that names no message; after silence or with a dead worker 9 to
   13 s after the attempt began, in a new epoch so long after it was met. If the message is found, the reply
   is `sent`. If the last check does not find it, it is `queued` again; one from a backup is `failed`, left
   to an operator.
4. Avito refuses, or was never reached: `failed`, or `queued` again for later (outcome.py).
5. A check that fails is repeated, with pauses of at most a minute. If Avito refuses to show the thread, or
   24 hours after the reply was queued, it is `failed` with the code `outcome_unknown`.

A worker that dies holds the chat no longer than its lease, 6 s (box.py). Every 5 s `requeue_due` (deliver.py,
called by jobs/loops.py) queues a job for what is left, and the next worker goes on with the checks.
"""
