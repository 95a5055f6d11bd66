"""The simulator's environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(ValueError):
    """Some settings are invalid; the message names all of them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings. `public_url` None: http at host and port."""

    host: str = "127.0.0.1"
    port: int = 8003
    seed: int = 1
    demo: bool = False
    client_id: str = "sim-client"
    client_secret: str = "sim-secret"  # noqa: S105 # the simulator's own, opens nothing
    user_id: int = 301200100
    public_url: str | None = None
    state_file: Path | None = None

    @property
    def base_url(self) -> str:
        """The base of all picture and voice links."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the environment. Raises `SettingsError`."""
        problems: list[str] = []

        def number(name: str, default: int, most: int) -> int:
            text = environ.get(name) or str(default)
            if text.isascii() and text.isdigit() and int(text) <= most:
                return int(text)
            problems.append(f"{name} must be a whole number up to {most}, not {text!r}")
            return default

        plain = cls()
        state_file = environ.get("SIM_STATE_FILE")
        settings = cls(
            host=environ.get("SIM_HOST") or plain.host,
            port=number("SIM_PORT", plain.port, 65_535),
            seed=number("SIM_SEED", plain.seed, 2**63),
            demo=number("SIM_DEMO", 0, 1) == 1,
            client_id=environ.get("AVITO_CLIENT_ID") or plain.client_id,
            client_secret=environ.get("AVITO_CLIENT_SECRET") or plain.client_secret,
            user_id=number("AVITO_USER_ID", plain.user_id, 2**53),
            public_url=environ.get("SIM_PUBLIC_URL") or None,
            state_file=Path(state_file) if state_file else None,
        )
        if problems:
            raise SettingsError("; ".join(problems))
        return settings
