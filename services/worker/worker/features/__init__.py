"""Features of the worker. Each is one folder, which can be deleted together with its line in FEATURES.

The core imports none of them: `app` takes what is in FEATURES when the worker starts.
"""

from collections.abc import Callable

from shared.settings import Environment
from worker.accounts.leader import MakeLoops
from worker.features import alerts, automatic_answers, coach, forwarding
from worker.settings import Settings

Feature = Callable[[Environment, Settings], MakeLoops]
"""Reads a feature's settings and returns what builds its loops; the environment collects the faults.

The loops are built once for an account and run in the process that leads it. A feature that is switched
off has none, or one that tidies up.
"""

FEATURES: tuple[Feature, ...] = (
    alerts.plug_in,
    automatic_answers.plug_in,
    coach.plug_in,
    forwarding.plug_in,
)
