"""What the environment says about a worker. It imports nothing that runs, so that commands can check it."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.settings import Environment
from worker import features
from worker.features.feature import Feature
from worker.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of the core, and the features with their own."""

    settings: Settings
    features: tuple[Feature, ...]


def configure(values: Mapping[str, str]) -> Configuration:
    """Read the settings of the core and of each feature; raises SettingsError that names every fault."""
    environment = Environment(values)
    settings = read_settings(environment)
    configuration = Configuration(settings, tuple(plug(environment, settings) for plug in features.FEATURES))
    environment.finish()
    return configuration
