"""URLs as they may be shown: ours without the secret, others' by their host only. Pure."""

from urllib.parse import urlsplit

HIDDEN = "•••"


def ours(url: str) -> str:
    """Return our webhook URL without its last part."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path.rpartition('/')[0]}/{HIDDEN}"


def host_of(url: str) -> str:
    """Return the host of a URL of another product."""
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"
