"""Names what is wrong with the settings, by the readers of the services themselves."""

from collections.abc import Mapping

from avito_live.runner.parts import SIMULATOR_KEYS, is_demo
from ingest import settings as ingest
from push_gateway import settings as push_gateway
from shared.settings import VARIABLES, Environment, SettingsError
from worker.features import configuration as worker


def problems_of(values: Mapping[str, str]) -> list[str]:
    """Return everything that a service would refuse, and every placeholder, each once.

    Without any key of an Avito account the services run the demo.
    """
    if is_demo(values):
        values = {**values, **SIMULATOR_KEYS}
    environment = Environment(values)
    for name in VARIABLES:
        environment.optional(name)
    for read in (worker.configure, ingest.read, push_gateway.read_settings):
        try:
            read(values)
        except SettingsError as error:
            environment.problems += error.problems
    return list(dict.fromkeys(environment.problems))
