"""The simulator's environment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, convert, field


class Settings(Struct, frozen=True, kw_only=True):
    """The settings. `public_url` None: http at host and port; `subscribed`: the only webhook at the start."""

    host: str = field(name="SIM_HOST", default="127.0.0.1")
    port: Annotated[int, Meta(ge=0, le=65_535)] = field(name="SIM_PORT", default=8003)
    seed: Annotated[int, Meta(ge=0)] = field(name="SIM_SEED", default=1)
    demo: bool = field(name="SIM_DEMO", default=False)
    client_id: str = field(name="AVITO_CLIENT_ID", default="sim-client")
    client_secret: str = field(name="AVITO_CLIENT_SECRET", default="sim-secret")
    user_id: Annotated[int, Meta(ge=0, le=2**53)] = field(name="AVITO_USER_ID", default=301200100)
    public_url: str | None = field(name="SIM_PUBLIC_URL", default=None)
    subscribed: str | None = field(name="SIM_SUBSCRIBED", default=None)
    state_file: Path | None = field(name="SIM_STATE_FILE", default=None)

    @property
    def base_url(self) -> str:
        """The base of all picture and voice links."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the environment; empty variables are not set. Raises `ValidationError`, which names one."""
        given = {name: value for name, value in environ.items() if value}
        return convert(given, cls, strict=False, dec_hook=lambda kind, text: kind(text))
