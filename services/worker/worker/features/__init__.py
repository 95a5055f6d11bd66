"""Features of the worker. Each is one folder, which can be deleted together with its line in FEATURES.

The core imports none of them: `configuration` takes what is in FEATURES when the worker starts.
"""

from worker.features import alerts, automatic_answers, coach, forwarding
from worker.features.feature import PlugIn

FEATURES: tuple[PlugIn, ...] = (
    alerts.plug_in,
    automatic_answers.plug_in,
    coach.plug_in,
    forwarding.plug_in,
)
