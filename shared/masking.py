"""How secrets are shown: in logs, listings of settings, errors and the doctor's findings. Pure."""

from urllib.parse import SplitResult, urlsplit

HIDDEN = "•••"


def masked_url(url: str) -> str:
    """Return our webhook URL without login and without its last part, which is the secret."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path.rpartition('/')[0]}/{HIDDEN}"


def host_of(url: str) -> str:
    """Return the host of a URL, which is all that may be shown of another product's; '?' for none."""
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"


def masked_value(value: str, *, is_url: bool = False) -> str:
    """Return what is shown of a secret setting: scheme and host of a sound URL, of any other its length."""
    parts = _url_parts(value) if is_url else None
    # An @ behind the host belongs to a login with an unescaped sign: then the host may be a secret.
    if not parts or "@" in parts.path + parts.query + parts.fragment:
        return f"(secret, {len(value)} characters)"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/… (the rest is secret)"


def _url_parts(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None
