"""Replies: each leaves exactly once, in order, and operators see its state (docs/adr/0006).

A job (deliver.py) takes a turn at a chat (turn.py). It reads the first reply from Redis (box.py), asks
what to do next (decide.py), and notes an attempt just before its request leaves (attempt.py).

From then on the reply is `sending`, until one of these resolves it:

1. Avito's response has the message: `ChatTurn` commits both together, and the reply is `sent`.
2. The message comes by webhook or sweep: the commit matches it (lua/_match_reply.lua); `sent`.
3. Without a response the thread is checked (`check_times`). If the message is found, it is `sent`. If the
   last check does not find it, it is `queued` again; one from a backup is `failed`, left to an operator.
4. Avito refuses or was never reached: `failed`, or `queued` again for later (outcome.py).
5. Avito does not show the thread, or a day has passed: `failed` with the code `outcome_unknown`.

A worker that dies holds the chat no longer than its lease (box.py). `requeue_due` (deliver.py) then queues a
job, and the next worker goes on with the checks.
"""
