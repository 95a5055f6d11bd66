"""The settings: `.env`, files with secrets, and whether the proxy is named."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from avito_live.doctor.rows import Row, row
from avito_live.runner import installation


def judge(
    *,
    has_address: bool,
    modes: Mapping[str, int],
    problems: Iterable[str] = (),
    differences: int = 0,
    trusts_proxy: bool = True,
) -> list[Row]:
    """Return the rows of the settings. Pure.

    `modes`: the permissions of files with secrets that are open to others, else 0. `problems`: why a service
    would not start. `differences`: how many lines of `.env` others read otherwise. `trusts_proxy`: the
    gateway takes the word of the proxy before it for who asks.
    """
    rows = [row("settings_wrong", problem=problem) for problem in problems]
    if not has_address:
        rows.append(row("no_domain"))
    if differences:
        rows.append(row("env_differs", lines=differences))
    if not trusts_proxy:
        rows.append(row("proxy_untrusted"))
    rows += [row("secrets_readable", mode=f"{mode:o}", path=path) for path, mode in modes.items() if mode]
    return rows or [row("settings_given")]


def trusts_proxy(values: Mapping[str, str], home: Path, url: str, *, root: Path = Path("/")) -> bool:
    """Tell whether a proxy that ends TLS before `make run` is trusted; units and compose file name theirs."""
    named = values.get("TRUSTED_PROXIES", "").strip()
    return bool(named or not url.startswith("https:") or installation.way(values, home, root=root) != "run")
